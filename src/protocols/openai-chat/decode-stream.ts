import { isJsonObject, type StreamEvent, type Usage } from '../../core/index.ts';
import { AnswerText } from './answer-text.ts';
import { CallCollector } from './call-collector.ts';
import { readFragments } from './call-fragment.ts';
import { firstChoices, nonEmpty } from './choice.ts';
import { reportedFinish } from './finish.ts';
import { type ReportContext, throwHostError } from './stream-error.ts';
import { decodeUsage } from './usage.ts';

/** Reads the chunks of one streamed answer; synchronous, one for each answer. */
export interface StreamDecoder {
  /** A finish reason was seen: the answer is whole even if the stream ends without `[DONE]`. */
  readonly finished: boolean;
  /** The last event of a protocol that has one was seen: nothing that follows belongs to the answer. */
  readonly ended?: boolean;
  /**
   * The events of one chunk, already parsed from JSON. Anything a host may send is taken; what is not
   * understood is ignored. Throws a `PerigeeError` where the host reports a failure: the code of what it means,
   * else `stream-error`.
   */
  push(chunk: unknown): StreamEvent[];
  /** Closes open calls; the last event is `finish`, its reason the host's. */
  end(): StreamEvent[];
}

/**
 * Decodes `chat.completion.chunk` objects. It repeats what the host said in our words and judges nothing:
 * `id` and `rawId` are the host's id or '', calls may be undeclared or cut. `createReparser` of
 * `perigee/formats` settles that.
 */
export function createChatStreamDecoder(context?: ReportContext): StreamDecoder {
  return new ChatStreamDecoder(context);
}

/** A class: an object literal with a getter is of another shape for each answer, which nothing that V8 compiles can use. */
class ChatStreamDecoder implements StreamDecoder {
  readonly #context: ReportContext | undefined;
  readonly #text = new AnswerText();
  readonly #calls = new CallCollector();
  #answered = false;
  #rawReason: string | undefined;
  #usage: Usage | undefined;

  constructor(context: ReportContext | undefined) {
    this.#context = context;
  }

  get finished(): boolean {
    return this.#rawReason !== undefined;
  }

  push(chunk: unknown): StreamEvent[] {
    if (!isJsonObject(chunk)) return [];
    throwHostError(chunk, this.#context);
    const events: StreamEvent[] = [];
    for (const choice of firstChoices(chunk)) this.#readChoice(choice, events);
    this.#usage = decodeUsage(chunk['usage']) ?? this.#usage;
    return events;
  }

  end(): StreamEvent[] {
    const events: StreamEvent[] = [];
    this.#calls.end(events);
    events.push(reportedFinish(this.#rawReason, this.#usage));
    return events;
  }

  #readChoice(choice: Record<string, unknown>, events: StreamEvent[]): void {
    this.#usage = decodeUsage(choice['usage']) ?? this.#usage;
    this.#rawReason = nonEmpty(choice['finish_reason']) ?? this.#rawReason;
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
}
