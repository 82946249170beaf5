import { isJsonObject, type StreamEvent } from '../../core/index.ts';
import { reportedFinish } from '../openai-chat/finish.ts';
import type { StreamDecoder } from '../openai-chat/stream-decoder.ts';
import { type ReportContext, throwHostError } from '../openai-chat/stream-error.ts';
import { BlockReader } from './block-reader.ts';
import { UsageReader } from './decode-usage.ts';
import { textIn, type Wire } from './wire-reading.ts';

/**
 * Decodes the events of a streamed Messages answer, each the JSON of its data. It repeats what the host said in our
 * words and judges nothing: `id` and `rawId` are the host's, calls may be undeclared or cut.
 */
export function createMessagesStreamDecoder(context?: ReportContext): StreamDecoder {
  return new MessagesStreamDecoder(context);
}

class MessagesStreamDecoder implements StreamDecoder {
  ended = false;
  readonly #context: ReportContext | undefined;
  readonly #blocks = new BlockReader();
  readonly #usage = new UsageReader();
  #rawReason: string | undefined;

  constructor(context: ReportContext | undefined) {
    this.#context = context;
  }

  get finished(): boolean {
    return this.ended || this.#rawReason !== undefined;
  }

  push(event: unknown): StreamEvent[] {
    if (!isJsonObject(event)) return [];
    throwHostError(event, this.#context);
    const events: StreamEvent[] = [];
    this.#read(event, events);
    return events;
  }

  end(): StreamEvent[] {
    const events: StreamEvent[] = [];
    this.#blocks.end(events);
    events.push(reportedFinish(this.#rawReason, this.#usage.usage()));
    return events;
  }

  #read(event: Wire, events: StreamEvent[]): void {
    switch (event['type']) {
      case 'message_start':
        this.#readMessage(event['message']);
        return;
      case 'content_block_start':
        this.#blocks.start(event['index'], event['content_block'], events);
        return;
      case 'content_block_delta':
        this.#blocks.delta(event['index'], event['delta'], events);
        return;
      case 'content_block_stop':
        this.#blocks.stop(event['index'], events);
        return;
      case 'message_delta':
        this.#readMessage(event['delta']);
        this.#usage.read(event['usage']);
        return;
      case 'message_stop':
        this.ended = true;
        return;
    }
  }

  #readMessage(message: unknown): void {
    if (!isJsonObject(message)) return;
    this.#usage.read(message['usage']);
    this.#rawReason = textIn(message['stop_reason']) || this.#rawReason;
  }
}
