import { costOf, type Prices } from '../../core/index.ts';
import type { Observation } from '../wire/seen.ts';

/** How a number is spread. */
export interface Spread {
  readonly count: number;
  readonly median: number;
  readonly p90: number;
  readonly most: number;
}

/** How fast a host was and what it cost. Times in milliseconds. */
export interface Speed {
  readonly firstEvent?: Spread;
  readonly firstCall?: Spread;
  readonly total?: Spread;
  /** Output tokens a second between the first and the last event of a stream. */
  readonly tokensPerSecond?: Spread;
  readonly usage: { readonly input: number; readonly cached: number; readonly output: number };
  /** US dollars, where prices are known. */
  readonly cost?: number;
  /** 429s that were waited for. */
  readonly waits: number;
  readonly waitedMs: number;
  /** Requests that were sent again because the host failed. */
  readonly retries: number;
}

/** Milliseconds of a stream that are long enough to divide by. */
const SHORTEST_STREAM_MS = 50;

/** The speed of these answers. */
export function speedOf(seen: readonly Observation[], prices: Prices | undefined): Speed {
  const streamed = seen.filter(({ mode, answer, problem }) => mode === 'stream' && answer && !problem);
  const usage = { input: 0, cached: 0, output: 0 };
  for (const { answer } of seen) {
    usage.input += answer?.usage?.input ?? 0;
    usage.cached += answer?.usage?.cached ?? 0;
    usage.output += answer?.usage?.output ?? 0;
  }
  const spreads = {
    firstEvent: spread(streamed.flatMap(({ times }) => times?.firstEvent ?? [])),
    firstCall: spread(streamed.flatMap(({ times }) => times?.firstCall ?? [])),
    total: spread(seen.flatMap(({ times, problem }) => (problem ? [] : (times?.total ?? [])))),
    tokensPerSecond: spread(streamed.flatMap(rateOf)),
  };
  const known = Object.entries(spreads).filter(([, value]) => value !== undefined);
  const counted = { inputTokens: usage.input, cachedInputTokens: usage.cached, outputTokens: usage.output };
  return {
    ...(Object.fromEntries(known) as Partial<Speed>),
    usage,
    ...(prices && { cost: costOf(counted, prices) }),
    waits: sum(seen, ({ waits }) => waits),
    waitedMs: sum(seen, ({ waitedMs }) => waitedMs),
    retries: sum(seen, ({ failures }) => failures.length),
  };
}

function rateOf({ answer, times }: Observation): number[] {
  const { firstEvent, lastEvent } = times ?? {};
  if (firstEvent === undefined || lastEvent === undefined || !answer?.usage) return [];
  const ms = lastEvent - firstEvent;
  return ms < SHORTEST_STREAM_MS || answer.usage.output === 0 ? [] : [(answer.usage.output / ms) * 1000];
}

/** The spread of some numbers; undefined for none. */
export function spread(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return { count: sorted.length, median: at(0.5), p90: at(0.9), most: sorted[sorted.length - 1]! };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
