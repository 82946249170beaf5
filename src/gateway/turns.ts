/** Requests that begin as they come before the others are heard of again. */
const AT_ONCE = 8;
/** Milliseconds that a turn of those that wait takes at least, if there are enough, and at most. */
const LEAST_MS = 2;
const MOST_MS = 16;

/**
 * Lets many requests that come together begin by and by: in between, the answers that are under way get their events. A
 * thousand requests at once would otherwise hold up every stream until the last of them has begun. A turn takes about as
 * long as all else took since the one before, so that neither waits for the other.
 */
export class Turns {
  readonly #now: () => number;
  #begun = 0;
  #endedAt = 0;
  #waiting: (() => void)[] = [];

  /** `now`: milliseconds of a clock that goes on. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Calls at once or, behind those that wait already, a little later. `begin` does not throw. */
  take(begin: () => void): void {
    if (this.#begun >= AT_ONCE) {
      this.#waiting.push(begin);
      return;
    }
    this.#begun++;
    if (this.#begun === AT_ONCE) this.#end();
    begin();
  }

  #end(): void {
    this.#endedAt = this.#now();
    setImmediate(this.#next);
  }

  /** Sockets have been read meanwhile. */
  readonly #next = (): void => {
    const began = this.#now();
    const until = began + Math.min(MOST_MS, Math.max(LEAST_MS, began - this.#endedAt));
    const waiting = this.#waiting;
    let count = 0;
    while (count < waiting.length && (count === 0 || this.#now() < until)) waiting[count++]!();
    if (count < waiting.length) {
      this.#waiting = waiting.slice(count);
      this.#end();
    } else {
      this.#waiting = [];
      this.#begun = 0;
    }
  };
}
