import type { BreakerOptions } from './options.ts';

/** How a request went, as far as it says something about the host. */
export type Outcome = 'success' | 'failure' | 'unknown';

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

  constructor(options: BreakerOptions = {}, random: () => number = Math.random) {
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
  begun(isProbe: boolean): void {
    if (!isProbe || !this.#probing) return;
    this.#probing = false;
    this.#close();
  }

  /** A request that `enter` let in is over. */
  leave(outcome: Outcome, isProbe: boolean, now: number): void {
    if (isProbe && this.#probing) {
      this.#probing = false;
      if (outcome === 'failure') this.#open(now);
      else if (outcome === 'success') {
        this.#close();
        this.#opened = 0;
      }
      return;
    }
    if (this.#state !== 'closed' || outcome === 'unknown') return;
    const failed = outcome === 'failure';
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
    this.#openUntil = now + wait * (0.75 + this.#random() * 0.5);
    this.#state = 'open';
  }

  #close(): void {
    this.#state = 'closed';
    this.#inRow = 0;
    this.#recent = [];
    this.#recentFailures = 0;
  }
}
