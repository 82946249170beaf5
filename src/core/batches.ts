import type { StreamEvent } from './event.ts';

type Batch = readonly StreamEvent[];
type Result = IteratorResult<Batch, undefined>;

/** Takes what was asked of an answer. None of the methods may throw; within each, the next batch may be asked for. */
export interface BatchTaker {
  came(batch: Batch): void;
  /** There are no more. */
  ended(): void;
  failed(error: unknown): void;
}

/**
 * The batches of an answer, for layers of it that lie upon each other. Without `ask` each batch of a slow answer leaves a
 * chain of promises behind in every layer that waits for the next one, which is most of what a waiting answer costs.
 */
export abstract class Batches implements AsyncIterableIterator<Batch, undefined> {
  /**
   * Asks for the next batch: calls one method of `taker` once, at once or later. Only one may be asked for at a time.
   * Thousands in a row must not come at once: a taker asks within `came`, so each lies on the stack of the one before.
   */
  abstract ask(taker: BatchTaker): void;

  /** Ends the answer early, and what was asked for with it. */
  abstract return(): Promise<Result>;

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.ask({
        came: (value) => resolve({ done: false, value }),
        ended: () => resolve({ done: true, value: undefined }),
        failed: reject,
      });
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** The batches of any iterable. */
export function batchesOf(iterable: AsyncIterable<Batch>): Batches {
  const iterator = iterable[Symbol.asyncIterator]();
  return iterator instanceof Batches ? iterator : new PromisedBatches(iterator);
}

class PromisedBatches extends Batches {
  readonly #iterator: AsyncIterator<Batch>;

  constructor(iterator: AsyncIterator<Batch>) {
    super();
    this.#iterator = iterator;
  }

  override ask(taker: BatchTaker): void {
    this.#next().then(
      (result) => (result.done ? taker.ended() : taker.came(result.value)),
      (error: unknown) => taker.failed(error),
    );
  }

  /** A model that is not ours may throw where it should reject. */
  async #next(): Promise<IteratorResult<Batch>> {
    return this.#iterator.next();
  }

  override async return(): Promise<Result> {
    await this.#iterator.return?.();
    return { done: true, value: undefined };
  }
}

/** Batches that are made when the first of them is asked for; `make` may throw. */
export function lazily(make: () => AsyncIterable<Batch>): Batches {
  return new LazyBatches(make);
}

class LazyBatches extends Batches {
  #make: (() => AsyncIterable<Batch>) | undefined;
  #inner: Batches | undefined;

  constructor(make: () => AsyncIterable<Batch>) {
    super();
    this.#make = make;
  }

  override ask(taker: BatchTaker): void {
    const make = this.#make;
    // What it was made of is of no use any more, and may be large.
    this.#make = undefined;
    if (make) {
      try {
        this.#inner = batchesOf(make());
      } catch (error) {
        taker.failed(error);
        return;
      }
    }
    if (this.#inner) this.#inner.ask(taker);
    else taker.ended();
  }

  override async return(): Promise<Result> {
    this.#make = undefined;
    await this.#inner?.return();
    return { done: true, value: undefined };
  }
}
