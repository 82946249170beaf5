import { abortedError } from '../core/index.ts';

/**
 * The end that a caller can put to a run. It listens to the caller's signal once, however many turns and
 * calls there are: listeners of thousands of steps would pile up on a signal that lives longer than the run.
 */
export class Cancellation {
  readonly #signal: AbortSignal | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #fire = (): void => {
    for (const listener of [...this.#listeners]) listener();
  };

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.#fire, { once: true });
  }

  get aborted(): boolean {
    return this.#signal?.aborted ?? false;
  }

  get reason(): unknown {
    return this.#signal?.reason;
  }

  /** Calls `listener` when the run is aborted, until the returned function is called. */
  onAbort(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  throwIfAborted(): void {
    if (this.#signal?.aborted) throw abortedError(this.#signal);
  }

  /** The outcome of `work`, or an `aborted` error as soon as the run is aborted, whatever `work` does then. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const giveUp = () => reject(abortedError(this.#signal!));
      if (this.aborted) giveUp();
      const off = this.onAbort(giveUp);
      work.then(resolve, reject).finally(off);
    });
  }

  /** Lets go of the caller's signal. */
  dispose(): void {
    this.#signal?.removeEventListener('abort', this.#fire);
    this.#listeners.clear();
  }
}
