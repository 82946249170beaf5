const MINUTE_MS = 60_000;

/**
 * What happened in the last 60 seconds, exactly: a sliding window that knows each moment and its amount. What happens in
 * the same millisecond is one entry, so it holds at most as many as there are moments in a minute.
 */
export class Minute {
  readonly #times: number[] = [];
  readonly #amounts: number[] = [];
  #first = 0;
  #sum = 0;
  #latest = Number.NEGATIVE_INFINITY;

  /** Milliseconds until `amount` more fit under `limit`; 0 if they do now. */
  wait(now: number, amount: number, limit: number): number {
    this.#forget(now);
    if (this.#sum + amount <= limit) return 0;
    let left = this.#sum;
    for (let i = this.#first; i < this.#times.length; i++) {
      left -= this.#amounts[i]!;
      if (left + amount <= limit) return this.#times[i]! + MINUTE_MS - now;
    }
    return MINUTE_MS;
  }

  add(now: number, amount: number): void {
    this.#forget(now);
    const time = Math.floor(now);
    const last = this.#times.length - 1;
    if (last >= this.#first && this.#times[last] === time) {
      this.#amounts[last]! += amount;
    } else {
      this.#times.push(time);
      this.#amounts.push(amount);
    }
    this.#sum += amount;
  }

  /** A clock that was set back would keep everything for as long as it was set back: what is known is set back with it. */
  #follow(now: number): void {
    const back = this.#latest - now;
    this.#latest = now;
    if (back > 0) for (let i = this.#first; i < this.#times.length; i++) this.#times[i]! -= Math.ceil(back);
  }

  #forget(now: number): void {
    this.#follow(now);
    const since = now - MINUTE_MS;
    while (this.#first < this.#times.length && this.#times[this.#first]! <= since) {
      this.#sum -= this.#amounts[this.#first++]!;
    }
    // Moving the rest down is paid for by what was dropped.
    if (this.#first > 64 && this.#first * 2 > this.#times.length) {
      this.#times.splice(0, this.#first);
      this.#amounts.splice(0, this.#first);
      this.#first = 0;
    }
  }
}
