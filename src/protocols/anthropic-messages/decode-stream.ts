import { isJsonObject, type StreamEvent } from '../../core/index.ts';
import type { StreamDecoder } from '../openai-chat/decode-stream.ts';
import { reportedFinish } from '../openai-chat/finish.ts';
import { type ReportContext, throwHostError } from '../openai-chat/stream-error.ts';
import { BlockReader } from './block-reader.ts';
import { UsageReader } from './decode-usage.ts';
import { textIn, type Wire } from './wire-reading.ts';

/**
 * Decodes the events of a streamed Messages answer, each the JSON of its data. It repeats what the host said in our
 * words and judges nothing: `id` and `rawId` are the host's, calls may be undeclared or cut.
 */
export function createMessagesStreamDecoder(context?: ReportContext): StreamDecoder {
  const blocks = new BlockReader();
  const usage = new UsageReader();
  let rawReason: string | undefined;
  let ended = false;

  function readMessage(message: unknown): void {
    if (!isJsonObject(message)) return;
    usage.read(message['usage']);
    rawReason = textIn(message['stop_reason']) || rawReason;
  }

  function read(event: Wire, events: StreamEvent[]): void {
    switch (event['type']) {
      case 'message_start':
        readMessage(event['message']);
        return;
      case 'content_block_start':
        blocks.start(event['index'], event['content_block'], events);
        return;
      case 'content_block_delta':
        blocks.delta(event['index'], event['delta'], events);
        return;
      case 'content_block_stop':
        blocks.stop(event['index'], events);
        return;
      case 'message_delta':
        readMessage(event['delta']);
        usage.read(event['usage']);
        return;
      case 'message_stop':
        ended = true;
        return;
    }
  }

  return {
    get finished() {
      return ended || rawReason !== undefined;
    },
    get ended() {
      return ended;
    },
    push(event) {
      if (!isJsonObject(event)) return [];
      throwHostError(event, context);
      const events: StreamEvent[] = [];
      read(event, events);
      return events;
    },
    end() {
      const events: StreamEvent[] = [];
      blocks.end(events);
      events.push(reportedFinish(rawReason, usage.usage()));
      return events;
    },
  };
}
