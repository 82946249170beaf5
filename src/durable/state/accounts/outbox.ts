import { randomUUID } from 'node:crypto';
import type { Settlement } from '../../../core/index.ts';
import { Batch } from './batch.ts';

/** Milliseconds that a settlement waits for others, and how many do not wait any longer. */
const WAIT_MS = 50;
const ENOUGH = 500;
/** Requests that are remembered as to be released; what is forgotten is released when its holds are looked through. */
const MOST_RELEASES = 50_000;

/** A batch that may have been written already: it keeps its id until that is known. */
export interface SealedBatch {
  readonly id: string;
  readonly batch: Batch;
  /** Requests whose holds become free. */
  readonly released: readonly string[];
}

/**
 * Settlements on their way into the database: one batch that is being written, and one into which all others are added up, so
 * that it does not grow while the database is away.
 */
export class Outbox {
  readonly #write: (sealed: SealedBatch) => Promise<boolean>;
  #open = new Batch();
  #released: string[] = [];
  #sealed: SealedBatch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #closed = false;

  /** `write` says whether it was written; if not, the batch is kept until `flush` is called. */
  constructor(write: (sealed: SealedBatch) => Promise<boolean>) {
    this.#write = write;
  }

  /** `hurry`: somebody waits for what becomes free. */
  add(settlement: Settlement, releases: boolean, hurry: boolean): void {
    this.#open.add(settlement);
    if (releases) this.release([settlement.request]);
    if (this.#open.count >= ENOUGH || hurry) void this.flush();
    else this.#schedule();
  }

  release(requests: readonly string[]): void {
    if (this.#released.length + requests.length <= MOST_RELEASES) this.#released.push(...requests);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#flushing !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => void this.flush(), WAIT_MS);
    // A process that ends closes it.
    this.#timer.unref();
  }

  /** Writes all that there is. Resolves when that is done, or cannot be done now. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing ??= this.#work().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #work(): Promise<void> {
    while (this.#sealed !== undefined || this.#open.count > 0 || this.#released.length > 0) {
      this.#sealed ??= this.#seal();
      if (!(await this.#write(this.#sealed))) return;
      this.#sealed = undefined;
    }
  }

  #seal(): SealedBatch {
    const sealed = { id: randomUUID(), batch: this.#open, released: this.#released };
    this.#open = new Batch();
    this.#released = [];
    return sealed;
  }

  /** Settlements that are not known to be written. */
  get backlog(): number {
    return this.#open.count + (this.#sealed?.batch.count ?? 0);
  }

  /** When the oldest of them was made; undefined: there are none. */
  get oldestAt(): number | undefined {
    if (this.#sealed !== undefined && this.#sealed.batch.count > 0) return this.#sealed.batch.firstAt;
    return this.#open.count > 0 ? this.#open.firstAt : undefined;
  }

  /** What a key spent in a month, of what is not known to be written. Billionths of a dollar. */
  spentBy(key: string, month: string): number {
    return this.#open.spentBy(key, month) + (this.#sealed?.batch.spentBy(key, month) ?? 0);
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.flush();
  }
}
