import { isJsonObject, type StreamEvent } from '../../core/index.ts';
import { AnswerText } from './answer-text.ts';
import { CallCollector } from './call-collector.ts';
import { readFragments } from './call-fragment.ts';
import { ChoiceDecoder } from './choice-decoder.ts';
import type { StreamDecoder } from './stream-decoder.ts';
import type { ReportContext } from './stream-error.ts';

/**
 * Decodes `chat.completion.chunk` objects. It repeats what the host said in our words and judges nothing:
 * `id` and `rawId` are the host's id or '', calls may be undeclared or cut. `createReparser` of
 * `perigee/formats` settles that.
 */
export function createChatStreamDecoder(context?: ReportContext): StreamDecoder {
  return new ChatStreamDecoder(context);
}

class ChatStreamDecoder extends ChoiceDecoder {
  readonly #text = new AnswerText();
  readonly #calls = new CallCollector();
  #answered = false;

  protected override read(choice: Record<string, unknown>, events: StreamEvent[]): void {
    // A whole message in a stream counts only if nothing else came: some hosts repeat everything at the end.
    const delta = choice['delta'] ?? (this.#answered ? undefined : choice['message']);
    if (!isJsonObject(delta)) return;
    this.#text.read(delta, events);
    for (const fragment of readFragments(delta)) {
      this.#answered = true;
      this.#calls.add(fragment, events);
    }
    if (events.length > 0) this.#answered = true;
  }

  protected override close(events: StreamEvent[]): void {
    this.#calls.end(events);
  }
}
