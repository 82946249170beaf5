interface Sized {
  readonly bytes: number;
}

/** A map that holds so many bytes and forgets what was used longest ago. */
export class LeastRecent<V extends Sized> {
  readonly #limit: number;
  readonly #entries = new Map<string, V>();
  #bytes = 0;
  /** What is last in the order of use: to move it there once more would only wear out the map. */
  #latest: string | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Counts as a use. */
  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined || key === this.#latest) return value;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    this.#latest = key;
    return value;
  }

  /** What is larger than all of the room is not kept. */
  set(key: string, value: V): void {
    if (key !== this.#latest || value.bytes > this.#limit) this.#delete(key);
    if (value.bytes > this.#limit) return;
    this.#bytes += value.bytes - (this.#entries.get(key)?.bytes ?? 0);
    this.#entries.set(key, value);
    this.#latest = key;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limit) return;
      this.#delete(oldest);
    }
  }

  #delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}
