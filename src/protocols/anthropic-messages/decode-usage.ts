import { isJsonObject, tokenCount, type Usage } from '../../core/index.ts';

const FIELDS = [
  'input_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'output_tokens',
] as const;

/** Adds up the `usage` objects of one answer: each figure is a total so far, so the highest counts. */
export class UsageReader {
  readonly #counts = new Map<string, number>();
  #thinking: number | undefined;

  read(wire: unknown): void {
    if (!isJsonObject(wire)) return;
    for (const field of FIELDS) {
      const value = tokenCount(wire[field]);
      if (value !== undefined) this.#counts.set(field, Math.max(value, this.#counts.get(field) ?? 0));
    }
    const details = wire['output_tokens_details'];
    if (isJsonObject(details)) this.#thinking = tokenCount(details['thinking_tokens']) ?? this.#thinking;
  }

  /** The usage in our counting, where cached tokens are input tokens too; undefined where nothing was reported, or only zeros. */
  usage(): Usage | undefined {
    // Every prompt has tokens: a host that says nothing but zeros does not count.
    if ([...this.#counts.values()].every((value) => value === 0)) return undefined;
    const [fresh, cached, created, output] = FIELDS.map((field) => this.#counts.get(field) ?? 0);
    return {
      inputTokens: fresh! + cached! + created!,
      cachedInputTokens: cached!,
      outputTokens: output!,
      ...(this.#thinking !== undefined && { reasoningTokens: this.#thinking }),
    };
  }
}
