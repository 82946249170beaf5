import { abortedError, PerigeeError } from '../../core/index.ts';
import { type Sleep, sleep as timer } from '../pause.ts';
import type { Outcome } from './breaker.ts';
import type { Lane } from './lane.ts';
import type { RoutingOptions } from './options.ts';

/** A place at an upstream. Must be left exactly once; further calls of `leave` do nothing. */
export interface Place {
  readonly lane: Lane;
  /** The upstream has begun to answer. */
  begun(): void;
  leave(outcome: Outcome): void;
}

interface Waiter {
  readonly lanes: readonly Lane[];
  readonly seat: (place: Place) => void;
  /** None of its lanes will take it soon. */
  readonly dismiss: () => void;
}

/** Gives out the places at the upstreams of one model; who finds none waits in line, first come first served. */
export class Admission {
  readonly #now: () => number;
  readonly #sleep: Sleep;
  readonly #size: number;
  readonly #waitMs: number;
  readonly #waiters = new Set<Waiter>();
  readonly #name: string;

  constructor(name: string, options: RoutingOptions, now: () => number) {
    this.#name = name;
    this.#now = now;
    this.#sleep = options.sleep ?? timer;
    this.#size = options.queue?.size ?? 256;
    this.#waitMs = options.queue?.waitMs ?? 30_000;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Whether one more may wait. */
  get hasRoom(): boolean {
    return this.#waiters.size < this.#size;
  }

  /** A place at the first lane that is free now and that nobody waits for. */
  take(lanes: readonly Lane[]): Place | undefined {
    // A rest may have ended unnoticed; those who wait come first.
    if (this.#waiters.size > 0) this.#serve();
    const now = this.#now();
    const free = lanes.find((lane) => lane.standing(now) === 'free');
    return free && this.#seat(free, now);
  }

  /** Whether a lane may get free while a request waits. */
  isWorthWaiting(lanes: readonly Lane[]): boolean {
    const now = this.#now();
    return lanes.some((lane) => {
      const standing = lane.standing(now);
      if (standing === 'resting') return lane.restsIn(now) <= this.#waitMs;
      return standing !== 'open';
    });
  }

  /**
   * Waits for a place; undefined as soon as no lane is worth waiting for. Throws `gateway-overloaded` when too many
   * wait or it took too long, and `aborted`.
   */
  wait(lanes: readonly Lane[], signal: AbortSignal | undefined): Promise<Place | undefined> {
    if (signal?.aborted) return Promise.reject(abortedError(signal));
    if (!this.hasRoom) return Promise.reject(this.#overloaded(`${this.#waiters.size} requests wait already`));
    return new Promise((resolve, reject) => {
      const over = new AbortController();
      let waited = 0;
      const end = () => {
        over.abort();
        this.#waiters.delete(waiter);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        lanes,
        seat: (place) => {
          end();
          resolve(place);
        },
        dismiss: () => {
          end();
          resolve(undefined);
        },
      };
      const onAbort = () => {
        end();
        reject(abortedError(signal!));
      };
      const tick = async () => {
        while (waited < this.#waitMs) {
          const nap = this.#nap(lanes, this.#waitMs - waited);
          await this.#sleep(nap, over.signal);
          if (over.signal.aborted) return;
          waited += nap;
          this.#serve();
          if (over.signal.aborted) return;
        }
        end();
        reject(this.#overloaded(`no place got free in ${this.#waitMs} ms`));
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', onAbort);
      tick().catch((error: unknown) => {
        end();
        reject(error);
      });
    });
  }

  /** Milliseconds until a lane may get free without anybody leaving it. */
  #nap(lanes: readonly Lane[], longest: number): number {
    const now = this.#now();
    let nap = longest;
    for (const lane of lanes) {
      const rest = Math.max(lane.restsIn(now), lane.breaker.opensIn(now));
      if (rest > 0) nap = Math.min(nap, rest);
    }
    // A whole millisecond at least: a clock that stands still must not become a loop without end.
    return Math.max(1, Math.ceil(nap));
  }

  /** How lanes stand has changed otherwise than by requests. */
  look(): void {
    if (this.#waiters.size > 0) this.#serve();
  }

  #serve(): void {
    const now = this.#now();
    for (const waiter of this.#waiters) {
      const free = waiter.lanes.find((lane) => lane.standing(now) === 'free');
      if (free) waiter.seat(this.#seat(free, now));
      else if (!this.isWorthWaiting(waiter.lanes)) waiter.dismiss();
    }
  }

  #seat(lane: Lane, now: number): Place {
    const isProbe = lane.breaker.enter(now);
    let left = false;
    lane.active++;
    return {
      lane,
      begun: () => {
        lane.breaker.begun(isProbe, this.#now());
        // Whoever waited for what the probe would bring.
        if (isProbe && this.#waiters.size > 0) this.#serve();
      },
      leave: (outcome) => {
        if (left) return;
        left = true;
        lane.active--;
        lane.breaker.leave(outcome, isProbe, this.#now());
        if (this.#waiters.size > 0) this.#serve();
      },
    };
  }

  #overloaded(why: string): PerigeeError {
    return new PerigeeError('gateway-overloaded', `${this.#name} takes no more requests now: ${why}.`, {
      status: 503,
      retryable: true,
      retryAfterMs: 1000,
      remedy: 'Send the request again a little later, or allow its upstreams a higher concurrency.',
    });
  }
}
