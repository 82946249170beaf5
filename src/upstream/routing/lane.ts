import type { PerigeeError, UpstreamHint } from '../../core/index.ts';
import { Breaker, type Outcome } from './breaker.ts';
import { stillFailing, verdictOn } from './failure.ts';
import type { RoutingOptions, Upstream, UpstreamState } from './options.ts';

/** `busy`: it takes requests, but none more at the moment. */
export type Standing = 'free' | 'busy' | 'resting' | 'open';

const LONGEST_OWN_REST = 60_000;

/** An upstream and how it stands. Times are those of one clock, in milliseconds. */
export class Lane {
  readonly upstream: Upstream;
  /** By which other gateways know it: the model's name and its own. */
  readonly sharedName: string;
  readonly breaker: Breaker;
  active = 0;
  #restUntil = 0;
  #refusedUntil = 0;
  /** Rate limits without `Retry-After` in a row. */
  #limits = 0;
  #lastError: PerigeeError | undefined;
  readonly #restMs: number;
  readonly #maxRestMs: number;
  readonly #refusedMs: number;

  constructor(upstream: Upstream, options: RoutingOptions, model: string) {
    const { hints } = options;
    this.upstream = upstream;
    this.sharedName = JSON.stringify([model, upstream.name]);
    const tell = hints && ((hint: UpstreamHint) => hints.tell(this.sharedName, hint));
    this.breaker = new Breaker(options.breaker, options.random, tell);
    this.#restMs = options.restMs ?? 1000;
    this.#maxRestMs = options.maxRestMs ?? 600_000;
    this.#refusedMs = options.refusedMs ?? 60_000;
  }

  standing(now: number): Standing {
    if (this.breaker.state(now) === 'open') return 'open';
    if (this.#restUntil > now) return 'resting';
    if (this.breaker.probing) return 'busy';
    return this.active < (this.upstream.concurrency ?? Infinity) ? 'free' : 'busy';
  }

  /** Milliseconds that it rests yet. */
  restsIn(now: number): number {
    return Math.max(0, this.#restUntil - now);
  }

  /** Whether it lately refused to serve us: it is asked last then. */
  refused(now: number): boolean {
    return this.#refusedUntil > now;
  }

  /** It has answered to the end. */
  succeeded(): void {
    this.#limits = 0;
    this.#refusedUntil = 0;
    this.#lastError = undefined;
  }

  /** Takes note of a failure. Returns the outcome for the breaker and the milliseconds that it rests now. */
  failed(error: PerigeeError, now: number): { readonly outcome: Outcome; readonly restMs: number } {
    const verdict = verdictOn(error);
    if (verdict === 'final') return { outcome: 'unknown', restMs: 0 };
    this.#lastError = error;
    if (verdict === 'refused') {
      this.#refusedUntil = now + this.#refusedMs;
      return { outcome: 'unknown', restMs: this.#refusedMs };
    }
    const outcome = verdict === 'host' ? 'failure' : 'unknown';
    const asked = error.retryAfterMs ?? (verdict === 'limited' ? this.#ownRest(now) : 0);
    const restMs = Math.min(asked, this.#maxRestMs);
    this.#restUntil = Math.max(this.#restUntil, now + restMs);
    return { outcome, restMs };
  }

  /** Milliseconds to rest after a limit without `Retry-After`; many requests that meet the same limit count once. */
  #ownRest(now: number): number {
    if (this.#restUntil > now) return 0;
    return Math.min(LONGEST_OWN_REST, this.#restMs * 2 ** this.#limits++);
  }

  /** Why it takes nothing now, while it rests or is left alone. `asked`: this request was sent to it, too. */
  refusal(now: number, asked: boolean): PerigeeError | undefined {
    const standing = this.standing(now);
    if (!this.#lastError || (standing !== 'resting' && standing !== 'open')) return undefined;
    return stillFailing(
      this.#lastError,
      this.upstream.name,
      Math.max(this.restsIn(now), this.breaker.opensIn(now)),
      asked,
    );
  }

  state(now: number): UpstreamState {
    const restsMs = this.restsIn(now);
    return {
      name: this.upstream.name,
      breaker: this.breaker.state(now),
      active: this.active,
      ...(restsMs > 0 && { restsMs }),
      ...(this.refused(now) && { refused: true }),
      ...(this.#lastError && { lastError: this.#lastError.code }),
    };
  }
}
