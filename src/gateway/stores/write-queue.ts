/** What waits to be written. */
export interface Writable {
  readonly key: string;
  readonly bytes: number;
  /** Is not written together with what has this as its key, or says the same here, but after it. */
  readonly apart?: string;
}

/** Milliseconds for which an answer is held back for its write, and for each so many bytes another. */
const HOLD_MS = 1000;
const BYTES_PER_MS = 4000;
/** Milliseconds until a write that failed is tried again: the first time, and at most. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
/** Of one write. */
const MOST_ENTRIES = 64;
const MOST_BYTES = 8 * 1024 * 1024;

export interface WriteQueueOptions<Entry> {
  /** Bytes that may wait; then the oldest is given up. */
  readonly bytes: number;
  /** Writes all of it or none. What was written already counts as written. */
  readonly write: (entries: readonly Entry[]) => Promise<void>;
  readonly written: (entry: Entry) => void;
}

/** How many entries came to what end, since the start. */
export interface WriteCounts {
  written: number;
  /** Writes that failed and are tried again. */
  failed: number;
  /** Given up because too much waited. */
  dropped: number;
  /** Never tried, since they are too large. */
  refused: number;
}

interface Waiting<Entry> {
  readonly entry: Entry;
  readonly resolve: () => void;
}

/**
 * Writes one batch after the other: what comes while one is under way is the next one. What fails stays and is tried again, without
 * end. Nobody waits while it is known to fail, nor ever for long.
 */
export class WriteQueue<Entry extends Writable> {
  readonly counts: WriteCounts = { written: 0, failed: 0, dropped: 0, refused: 0 };
  readonly #options: WriteQueueOptions<Entry>;
  readonly #waiting = new Map<string, Waiting<Entry>>();
  #bytes = 0;
  #underWay: { readonly keys: ReadonlySet<string>; readonly done: Promise<void> } | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #idle: (() => void)[] = [];

  constructor(options: WriteQueueOptions<Entry>) {
    this.#options = options;
  }

  /** Entries that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Whether the last write failed. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** Resolves when the entry is written, or when its answer should not wait for that any longer. Never rejects. */
  add(entry: Entry): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, HOLD_MS + entry.bytes / BYTES_PER_MS);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#forget(entry.key);
      this.#waiting.set(entry.key, { entry, resolve: done });
      this.#bytes += entry.bytes;
      this.#makeRoom();
      if (this.#failures > 0) done();
      else this.#begin();
    });
  }

  /** Takes back what waits. Resolves with whether it did; false only when nothing of it is under way any more. */
  async remove(key: string): Promise<boolean> {
    while (this.#underWay?.keys.has(key)) await this.#underWay.done;
    return this.#forget(key);
  }

  /** Resolves when nothing waits any more, or after so many milliseconds. */
  settled(milliseconds: number): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    this.#begin();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #begin(): void {
    if (this.#underWay || this.#waiting.size === 0) return;
    clearTimeout(this.#timer);
    const batch = this.#nextBatch();
    const keys = new Set(batch.map(({ entry }) => entry.key));
    this.#underWay = { keys, done: this.#write(batch) };
  }

  async #write(batch: readonly Waiting<Entry>[]): Promise<void> {
    let failed = false;
    try {
      await this.#options.write(batch.map(({ entry }) => entry));
    } catch {
      failed = true;
    }
    this.#underWay = undefined;
    if (failed) {
      this.counts.failed++;
      this.#failures++;
      for (const { resolve } of this.#waiting.values()) resolve();
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1));
      this.#timer = setTimeout(() => this.#begin(), wait);
      this.#timer.unref();
      return;
    }
    this.#failures = 0;
    for (const waiting of batch) {
      this.counts.written++;
      this.#options.written(waiting.entry);
      // It may wait anew by now.
      if (this.#waiting.get(waiting.entry.key) === waiting) this.#forget(waiting.entry.key);
      waiting.resolve();
    }
    this.#begin();
    if (this.#waiting.size > 0) return;
    for (const wake of this.#idle.splice(0)) wake();
  }

  /** The oldest, as far as they may be written together. */
  #nextBatch(): readonly Waiting<Entry>[] {
    const batch: Waiting<Entry>[] = [];
    const keys = new Set<string>();
    let bytes = 0;
    for (const waiting of this.#waiting.values()) {
      const { entry } = waiting;
      if (entry.apart !== undefined && keys.has(entry.apart)) break;
      if (batch.length > 0 && (batch.length >= MOST_ENTRIES || bytes + entry.bytes > MOST_BYTES)) break;
      batch.push(waiting);
      keys.add(entry.key);
      if (entry.apart !== undefined) keys.add(entry.apart);
      bytes += entry.bytes;
    }
    return batch;
  }

  #forget(key: string): boolean {
    const waiting = this.#waiting.get(key);
    if (!waiting) return false;
    this.#waiting.delete(key);
    this.#bytes -= waiting.entry.bytes;
    waiting.resolve();
    return true;
  }

  #makeRoom(): void {
    for (const key of this.#waiting.keys()) {
      if (this.#bytes <= this.#options.bytes) return;
      this.#forget(key);
      this.counts.dropped++;
    }
  }
}
