import { abortedError } from '../../core/index.ts';

/** Milliseconds that a timer can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/** Waits; throws `aborted` when the signal fires. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw abortedError(signal);
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(abortedError(signal));
    };
    const timer = setTimeout(
      () => {
        signal.removeEventListener('abort', stop);
        resolve();
      },
      Math.min(ms, LONGEST_MS),
    );
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Holds everybody back while a host says that it wants no more requests now. */
export class Gate {
  #until = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds until requests may be sent again. */
  get left(): number {
    return Math.max(0, this.#until - this.#now());
  }

  closeFor(ms: number): void {
    this.#until = Math.max(this.#until, this.#now() + ms);
  }

  /** Waits until the gate is open. */
  async pass(signal: AbortSignal): Promise<void> {
    while (this.left > 0) await pause(this.left, signal);
  }
}
