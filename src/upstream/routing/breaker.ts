import type { UpstreamHint } from '../../core/index.ts';
import type { BreakerOptions } from './options.ts';

/** How a request went, as far as it says something about the host. */
export type Outcome = 'success' | 'failure' | 'unknown';

/** Milliseconds for which an own success counts for more than what others found out. */
const FRESH_MS = 1000;

/** How much longer than meant a wait is at most. */
const LONGEST_SPREAD = 1.25;

/**
 * Leaves a host alone that fails again and again, and tries it with one request at a time after a wait that grows.
 * Times are those of one clock, in milliseconds.
 */
export class Breaker {
  readonly #failures: number;
  readonly #rate: number;
  readonly #window: number;
  readonly #openMs: number;
  readonly #maxOpenMs: number;
  readonly #random: () => number;
  #state: 'closed' | 'open' | 'half-open' = 'closed';
  #inRow = 0;
  /** The last outcomes, true for a failure. */
  #recent: boolean[] = [];
  #recentFailures = 0;
  #openUntil = 0;
  /** How often it was opened since it last had a success. */
  #opened = 0;
  #probing = false;
  /** It is left alone because another gateway said so. */
  #hinted = false;
  #lastSuccess = Number.NEGATIVE_INFINITY;
  readonly #tell: ((hint: UpstreamHint) => void) | undefined;

  /** `tell` is told what own requests found out: that the host is left alone now, or answers again. */
  constructor(
    options: BreakerOptions = {},
    random: () => number = Math.random,
    tell?: (hint: UpstreamHint) => void,
  ) {
    this.#tell = tell;
    this.#failures = Math.max(1, options.failures ?? 5);
    this.#rate = options.rate ?? 0.5;
    this.#window = Math.max(1, options.window ?? 20);
    this.#openMs = options.openMs ?? 1000;
    this.#maxOpenMs = options.maxOpenMs ?? 60_000;
    this.#random = random;
  }

  state(now: number): 'closed' | 'open' | 'half-open' {
    return this.#state === 'open' && now >= this.#openUntil ? 'half-open' : this.#state;
  }

  /** Milliseconds until the next try. */
  opensIn(now: number): number {
    return this.#state === 'open' ? Math.max(0, this.#openUntil - now) : 0;
  }

  /** A request tries the host at the moment; others wait for what comes of it. */
  get probing(): boolean {
    return this.#probing;
  }

  /** A request begins. Returns whether it is the one that tries the host. */
  enter(now: number): boolean {
    if (this.state(now) !== 'half-open') return false;
    this.#state = 'half-open';
    this.#probing = true;
    return true;
  }

  /** The host has begun to answer. */
  begun(isProbe: boolean, now: number): void {
    if (!isProbe || !this.#probing) return;
    this.#probing = false;
    this.#lastSuccess = now;
    this.#close();
  }

  /**
   * Another gateway left the host alone, or was answered again. Either way the next request that may go there tries it: others may
   * stand elsewhere in the network. What was found out here a moment ago counts for more.
   */
  heard(hint: UpstreamHint, now: number): void {
    if (hint.state === 'closed') {
      if (this.#state === 'open') this.#openUntil = Math.min(this.#openUntil, now);
      return;
    }
    // What this one found out itself has its own time.
    const may = this.#state === 'closed' ? now - this.#lastSuccess >= FRESH_MS : this.#hinted;
    if (!may || this.#probing) return;
    this.#hinted = true;
    this.#openUntil = now + Math.min(hint.forMs, this.#maxOpenMs * LONGEST_SPREAD);
    this.#state = 'open';
  }

  /** A request that `enter` let in is over. */
  leave(outcome: Outcome, isProbe: boolean, now: number): void {
    if (isProbe && this.#probing) {
      this.#probing = false;
      if (outcome === 'failure') this.#open(now);
      else if (outcome === 'success') {
        this.#lastSuccess = now;
        this.#close();
        this.#opened = 0;
      }
      return;
    }
    if (this.#state !== 'closed' || outcome === 'unknown') return;
    const failed = outcome === 'failure';
    if (!failed) this.#lastSuccess = now;
    this.#inRow = failed ? this.#inRow + 1 : 0;
    if (!failed) this.#opened = 0;
    this.#recent.push(failed);
    if (failed) this.#recentFailures++;
    if (this.#recent.length > this.#window && this.#recent.shift()) this.#recentFailures--;
    const tooMany =
      this.#recent.length >= this.#window && this.#recentFailures / this.#recent.length > this.#rate;
    if (this.#inRow >= this.#failures || (failed && tooMany)) this.#open(now);
  }

  #open(now: number): void {
    const wait = Math.min(this.#maxOpenMs, this.#openMs * 2 ** this.#opened++);
    // Spread, so that many gateways do not try a host that comes back all at once.
    const forMs = wait * (0.75 + this.#random() * (LONGEST_SPREAD - 0.75));
    this.#openUntil = now + forMs;
    this.#state = 'open';
    this.#hinted = false;
    this.#tell?.({ state: 'open', forMs });
  }

  #close(): void {
    this.#state = 'closed';
    this.#hinted = false;
    this.#inRow = 0;
    this.#recent = [];
    this.#recentFailures = 0;
    this.#tell?.({ state: 'closed' });
  }
}
