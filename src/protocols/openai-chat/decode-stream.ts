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
  const text = new AnswerText();
  const calls = new CallCollector();
  let answered = false;
  let rawReason: string | undefined;
  let usage: Usage | undefined;

  function readChoice(choice: Record<string, unknown>, events: StreamEvent[]): void {
    usage = decodeUsage(choice['usage']) ?? usage;
    rawReason = nonEmpty(choice['finish_reason']) ?? rawReason;
    // A whole message in a stream counts only if nothing else came: some hosts repeat everything at the end.
    const delta = choice['delta'] ?? (answered ? undefined : choice['message']);
    if (!isJsonObject(delta)) return;
    text.read(delta, events);
    for (const fragment of readFragments(delta)) {
      answered = true;
      calls.add(fragment, events);
    }
    if (events.length > 0) answered = true;
  }

  return {
    get finished() {
      return rawReason !== undefined;
    },
    push(chunk) {
      if (!isJsonObject(chunk)) return [];
      throwHostError(chunk, context);
      const events: StreamEvent[] = [];
      for (const choice of firstChoices(chunk)) readChoice(choice, events);
      usage = decodeUsage(chunk['usage']) ?? usage;
      return events;
    },
    end() {
      const events: StreamEvent[] = [];
      calls.end(events);
      events.push(reportedFinish(rawReason, usage));
      return events;
    },
  };
}
