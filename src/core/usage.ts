/** Tokens of one answer or, added up, of a run. */
export interface Usage {
  /** All prompt tokens, cached ones included. */
  readonly inputTokens: number;
  /** The part of `inputTokens` that the host read from its prompt cache. */
  readonly cachedInputTokens: number;
  /** All generated tokens, reasoning included. */
  readonly outputTokens: number;
  /** The part of `outputTokens` spent on reasoning, where the host tells. */
  readonly reasoningTokens?: number;
}

/** More tokens than any window holds or any answer has. */
const MOST_TOKENS = 1e9;

/**
 * A count of tokens as a host tells it; undefined for what is none. Counters that ran below zero read as 4294967295 or
 * 18446744073709551615: believed, one such answer would use up the budget of a key.
 */
export function tokenCount(told: unknown): number | undefined {
  return typeof told === 'number' && told >= 0 && told <= MOST_TOKENS ? told : undefined;
}

/** US dollars per million tokens. */
export interface Prices {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

/** No tokens. */
export const NO_USAGE: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

/** The sum of two usages; `reasoningTokens` stays absent when neither side knows it. */
export function addUsage(a: Usage, b: Usage): Usage {
  const sum = {
    inputTokens: a.inputTokens + b.inputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
  if (a.reasoningTokens === undefined && b.reasoningTokens === undefined) return sum;
  return { ...sum, reasoningTokens: (a.reasoningTokens ?? 0) + (b.reasoningTokens ?? 0) };
}

/** What a usage costs in US dollars. Cached tokens are billed at their own price, the rest at the full one. */
export function costOf(usage: Usage, prices: Prices): number {
  const fresh = Math.max(0, usage.inputTokens - usage.cachedInputTokens);
  return (
    (fresh * prices.input +
      usage.cachedInputTokens * prices.cachedInput +
      usage.outputTokens * prices.output) /
    1e6
  );
}
