import { isJsonObject, type StreamEvent, type Usage } from '../../core/index.ts';
import { firstChoices, nonEmpty } from './choice.ts';
import { reportedFinish } from './finish.ts';
import type { StreamDecoder } from './stream-decoder.ts';
import { type ReportContext, throwHostError } from './stream-error.ts';
import { decodeUsage } from './usage.ts';

/**
 * Reads what the chunks of both of OpenAI's streams have: errors, the first choice, its finish reason, usage. A class: an object literal
 * with a getter is of another shape for each answer, which nothing that V8 compiles can use.
 */
export abstract class ChoiceDecoder implements StreamDecoder {
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
      this.#usage = decodeUsage(choice['usage']) ?? this.#usage;
      this.#rawReason = nonEmpty(choice['finish_reason']) ?? this.#rawReason;
      this.read(choice, events);
    }
    this.#usage = decodeUsage(chunk['usage']) ?? this.#usage;
    return events;
  }

  end(): StreamEvent[] {
    const events: StreamEvent[] = [];
    this.close(events);
    events.push(reportedFinish(this.#rawReason, this.#usage));
    return events;
  }

  /** Adds what a choice says. */
  protected abstract read(choice: Record<string, unknown>, events: StreamEvent[]): void;

  /** Adds what closes what is open. */
  protected abstract close(events: StreamEvent[]): void;
}
