import { isJson, type PerigeeError, type StreamEvent, type ToolCallInvalid } from '../../core/index.ts';
import type { AnswerEncoder, EncodeOptions } from '../front/index.ts';
import { BlockWriter } from './block-writer.ts';
import { errorObject } from './encode-error.ts';
import { encodeMessage } from './encode-message.ts';
import { encodeUsage } from './encode-usage.ts';
import { eventText, PING } from './event-text.ts';
import type { MessagesReply } from './messages-reply.ts';
import { stopReasonOf } from './stop-reason.ts';
import { type CallEnd, type WaitingBlock, WaitingBlocks } from './waiting-blocks.ts';

/**
 * Writes a streamed answer as Anthropic's events. Blocks follow one another in the order in which they began; a call
 * that arrives while another is open waits for it. A call in which the output was cut is left open and its JSON spoiled,
 * and the answer says `max_tokens`: nobody can take it for whole. A call that cannot be named is not shown.
 */
export function createMessagesEncoder(options: EncodeOptions<MessagesReply>): AnswerEncoder {
  const answer = new AnswerWriter(options);
  return {
    begin: () => eventText({ type: 'message_start', message: encodeMessage(options, [], null, undefined) }),
    push: (event) => answer.push(event),
    fail: (error: PerigeeError) => eventText({ type: 'error', error: errorObject(error) }),
    ping: PING,
  };
}

class AnswerWriter {
  readonly #blocks: BlockWriter;
  readonly #waiting = new WaitingBlocks();
  /** The call whose block is open. */
  #call: number | undefined;
  /** The output was cut in a call that is shown: its block stays open for good. */
  #cut = false;
  #called = false;

  constructor(options: EncodeOptions<MessagesReply>) {
    this.#blocks = new BlockWriter(options);
  }

  push(event: StreamEvent): string {
    if (event.type === 'finish') return this.#finish(event);
    if (this.#cut) return '';
    switch (event.type) {
      case 'text-delta':
        if (this.#call === undefined) return this.#blocks.text(event.delta);
        break;
      case 'reasoning-delta':
        if (this.#call === undefined) return this.#blocks.thinking(event.delta, event.signature);
        break;
      case 'tool-call-start':
        if (this.#call === undefined) {
          this.#call = event.index;
          return this.#blocks.beginCall(event);
        }
        break;
      case 'tool-call-delta':
        if (event.index === this.#call) return this.#blocks.callArguments(event.delta);
        break;
      case 'tool-call-end':
        if (event.index === this.#call) return this.#endCall('whole', '');
        break;
      case 'tool-call-invalid':
        return this.#invalid(event);
      default:
        event satisfies never;
    }
    this.#waiting.add(event, 'whole');
    return '';
  }

  #invalid(event: ToolCallInvalid): string {
    const { index } = event;
    if (index === undefined) return '';
    if (event.reason === 'cut')
      return index === this.#call ? this.#abandon(event.arguments) : this.#forget(index);
    // Of arguments that only look cut the SDKs would make up the rest.
    const end = event.arguments.trim() === '' || isJson(event.arguments) ? 'whole' : 'spoiled';
    if (index === this.#call) return this.#endCall(end, event.arguments);
    this.#waiting.add(event, end);
    return '';
  }

  #abandon(written?: string): string {
    this.#cut = true;
    this.#call = undefined;
    return this.#blocks.abandonCall(written);
  }

  #forget(index: number): string {
    this.#waiting.drop(index);
    return '';
  }

  #endCall(end: CallEnd, written: string): string {
    this.#call = undefined;
    let text = this.#closeCall(end, written);
    for (const block of this.#waiting.take()) text += this.#write(block);
    return text;
  }

  #closeCall(end: CallEnd, written: string): string {
    this.#called = true;
    return end === 'spoiled' ? this.#blocks.endSpoiledCall(written) : this.#blocks.endCall();
  }

  #write(block: WaitingBlock): string {
    const all = block.deltas.join('');
    switch (block.kind) {
      case 'text':
        return this.#blocks.text(all);
      case 'thinking':
        return this.#blocks.thinking(all, block.signature);
      case 'call': {
        const text = this.#blocks.beginCall(block.start) + this.#blocks.callArguments(all);
        if (block.end !== undefined) return text + this.#closeCall(block.end, all);
        this.#call = block.start.index;
        return text;
      }
      default:
        return block satisfies never;
    }
  }

  #finish({ reason, usage }: StreamEvent & { type: 'finish' }): string {
    // A call that nobody closed is as good as cut.
    const last = this.#call === undefined ? '' : this.#abandon();
    const end = this.#cut ? last : this.#blocks.end();
    const stopReason = this.#cut ? 'max_tokens' : stopReasonOf(reason, this.#called);
    if (stopReason === null) return end + eventText({ type: 'error', error: GIVEN_UP });
    return (
      end +
      eventText({
        type: 'message_delta',
        delta: { stop_reason: stopReason, stop_sequence: null },
        usage: encodeUsage(usage),
      }) +
      eventText({ type: 'message_stop' })
    );
  }
}

const GIVEN_UP = {
  type: 'api_error',
  message: 'The host gave the answer up before it was whole. Send the request again.',
};
