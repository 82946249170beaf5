import { isJsonObject, type Usage } from '../../../core/index.ts';

/** The middle one of some numbers; undefined for none. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** A number of a record, 0 where there is none: sessions may be imported, and written by other versions. */
export function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The usage in a record; undefined where it is none. */
export function usageOf(value: unknown): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const { inputTokens, cachedInputTokens, outputTokens } = value;
  return {
    inputTokens: numberOf(inputTokens),
    cachedInputTokens: numberOf(cachedInputTokens),
    outputTokens: numberOf(outputTokens),
  };
}

/** What is left of a usage without another one. */
export function lessUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: Math.max(0, a.inputTokens - b.inputTokens),
    cachedInputTokens: Math.max(0, a.cachedInputTokens - b.cachedInputTokens),
    outputTokens: Math.max(0, a.outputTokens - b.outputTokens),
  };
}

export function objectsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
