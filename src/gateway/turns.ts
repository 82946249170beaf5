/** Requests that begin before the others are heard of again. */
const AT_ONCE = 8;

/**
 * Lets many requests that come together begin a few at a time: in between, the answers that are under way get their events. A
 * thousand requests at once would otherwise hold up every stream until the last of them has begun.
 */
export class Turns {
  #begun = 0;
  #waiting: (() => void)[] = [];

  /** Calls at once or, behind those that wait already, a little later. `begin` does not throw. */
  take(begin: () => void): void {
    if (this.#begun >= AT_ONCE) {
      this.#waiting.push(begin);
      return;
    }
    this.#begun++;
    if (this.#begun === AT_ONCE) setImmediate(this.#next);
    begin();
  }

  /** Sockets have been read meanwhile. */
  readonly #next = (): void => {
    const turn = this.#waiting.splice(0, AT_ONCE);
    this.#begun = turn.length;
    if (turn.length === AT_ONCE) setImmediate(this.#next);
    for (const begin of turn) begin();
  };
}
