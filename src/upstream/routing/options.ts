import type { ErrorCode, Model, UpstreamHints } from '../../core/index.ts';
import { checkNumbers, invalid } from '../invalid.ts';
import type { Sleep } from '../pause.ts';

/** One of several ways to the same model. */
export interface Upstream {
  /** Its name in notes, logs and metrics; unique among the upstreams of a model. */
  readonly name: string;
  /** Give HTTP models `retries: 0`: the router asks again itself, and both together would multiply. */
  readonly model: Model;
  /**
   * Its share of the conversations, compared with the other weights; a conversation stays where it is. Upstreams
   * without a weight, or with 0, are asked only when those with one cannot answer, in the order given.
   */
  readonly weight?: number;
  /** Requests that it may have at a time. Default: no limit. */
  readonly concurrency?: number;
}

export interface BreakerOptions {
  /** Failures in a row after which an upstream is left alone. Default 5. */
  readonly failures?: number;
  /** The part of the last `window` requests that may fail, from 0 to 1; at more it is left alone. Default 0.5. */
  readonly rate?: number;
  /** Requests over which `rate` is counted, once so many were answered. Default 20. */
  readonly window?: number;
  /** Milliseconds until one request tries it again; each further time doubles. Default 1000. */
  readonly openMs?: number;
  /** Milliseconds that this wait is at most. Default 60_000. */
  readonly maxOpenMs?: number;
}

export interface QueueOptions {
  /** Requests that may wait for a free place; one more is refused with `gateway-overloaded`. Default 256. */
  readonly size?: number;
  /** Milliseconds that a request may wait, for a place or for the end of a `Retry-After`. Default 30_000. */
  readonly waitMs?: number;
}

export interface RoutingOptions {
  /** How often the same upstream is asked again for one request, after all others were. Default 2. */
  readonly retries?: number;
  /** How often an answer that had begun to be shown may be begun again. Default 2. */
  readonly restarts?: number;
  /** Milliseconds that the first wait before the same upstream is asked again is at most; each doubles. Default 500. */
  readonly baseDelayMs?: number;
  /** Milliseconds that such a wait is at most. Default 30_000. */
  readonly maxDelayMs?: number;
  readonly breaker?: BreakerOptions;
  readonly queue?: QueueOptions;
  /** Milliseconds that an upstream rests after a rate limit without `Retry-After`; each in a row doubles, up to a minute. Default 1000. */
  readonly restMs?: number;
  /** Milliseconds that an upstream rests at most, whatever it asked for. Default 600_000. */
  readonly maxRestMs?: number;
  /** Milliseconds for which an upstream that refused its key, its model or its quota is asked last. Default 60_000. */
  readonly refusedMs?: number;
  /** Milliseconds until the first event; then the next upstream is asked. Default: no limit but the model's own. */
  readonly firstEventMs?: number;
  /** Tells other gateways how upstreams stand, and hears it from them. Default: each finds out for itself. */
  readonly hints?: UpstreamHints;
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  readonly now?: () => number;
  /** Between 0 and 1; spreads waits. Default `Math.random`. */
  readonly random?: () => number;
  /** Waits. Default: a timer. */
  readonly sleep?: Sleep;
}

/** How an upstream stands at the moment. */
export interface UpstreamState {
  readonly name: string;
  /** `open`: left alone after failures. `half-open`: the next request, or one under way, tries it. */
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** Requests that it is answering. */
  readonly active: number;
  /** Milliseconds for which it asked to be left alone. */
  readonly restsMs?: number;
  /** It lately refused its key, its model or its quota. */
  readonly refused?: true;
  /** How it failed last, if its last request failed. */
  readonly lastError?: ErrorCode;
}

/** A model behind several upstreams. */
export interface RoutedModel extends Model {
  /** Whether a request would be taken now. */
  ready(): boolean;
  upstreams(): readonly UpstreamState[];
  /** Requests that wait for a place. */
  waiting(): number;
}

/** Throws `invalid-options` for upstreams and options that cannot work. */
export function checkRouting(name: string, upstreams: readonly Upstream[], options: RoutingOptions): void {
  if (upstreams.length === 0) {
    throw invalid(`${name} has no upstreams`, 'Name at least one upstream.');
  }
  const names = new Set<string>();
  for (const { name: upstream, weight, concurrency } of upstreams) {
    if (names.has(upstream)) {
      throw invalid(`${name} has two upstreams named ${upstream}`, 'Give each upstream a name of its own.');
    }
    names.add(upstream);
    checkNumbers({ [`the weight of ${upstream}`]: weight }, 'Give a number from 0 on, or leave it out.');
    if (weight === Infinity) throw invalid(`the weight of ${upstream} is Infinity`, 'Give a finite number.');
    if (concurrency !== undefined && !(concurrency >= 1)) {
      throw invalid(`the concurrency of ${upstream} is ${concurrency}`, 'Give a number from 1 on.');
    }
  }
  const { breaker = {}, queue = {}, now: _, random: __, sleep: ___, hints: ____, ...numbers } = options;
  checkNumbers({ ...numbers, ...breaker, ...queue }, 'Give a number from 0 on, or leave it out.');
}
