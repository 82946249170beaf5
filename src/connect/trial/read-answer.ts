import type { ClientProtocol } from '../setup.ts';
import { ChatReader } from './chat-reader.ts';
import { MessagesReader } from './messages-reader.ts';
import type { TrialReader } from './reader.ts';
import { ResponsesReader } from './responses-reader.ts';

/** The reader of a protocol's answers. */
export function trialReader(protocol: ClientProtocol, stream: boolean): TrialReader {
  switch (protocol) {
    case 'chat':
      return new ChatReader(stream);
    case 'messages':
      return new MessagesReader(stream);
    case 'responses':
      return new ResponsesReader(stream);
  }
}
