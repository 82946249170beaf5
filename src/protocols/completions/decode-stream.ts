import { isJsonObject, type StreamEvent, type Usage } from '../../core/index.ts';
import { firstChoices, nonEmpty } from '../openai-chat/choice.ts';
import type { StreamDecoder } from '../openai-chat/decode-stream.ts';
import { reportedFinish } from '../openai-chat/finish.ts';
import { type ReportContext, throwHostError } from '../openai-chat/stream-error.ts';
import { decodeUsage } from '../openai-chat/usage.ts';

/**
 * Decodes the chunks of a streamed `text_completion`: raw model text as `text-delta`, then `finish`. What the
 * text holds is for `createParser` of `perigee/formats`.
 */
export function createCompletionStreamDecoder(context?: ReportContext): StreamDecoder {
  return new CompletionStreamDecoder(context);
}

class CompletionStreamDecoder implements StreamDecoder {
  readonly #context: ReportContext | undefined;
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
    for (const choice of firstChoices(chunk)) {
      const delta = nonEmpty(choice['text']);
      if (delta !== undefined) events.push({ type: 'text-delta', delta });
      this.#rawReason = nonEmpty(choice['finish_reason']) ?? this.#rawReason;
      this.#usage = decodeUsage(choice['usage']) ?? this.#usage;
    }
    this.#usage = decodeUsage(chunk['usage']) ?? this.#usage;
    return events;
  }

  end(): StreamEvent[] {
    return [reportedFinish(this.#rawReason, this.#usage)];
  }
}
