import { closeSync, fdatasync, openSync } from 'node:fs';

/**
 * Brings to the disk what was written to a file, while the process goes on: a sync on the event loop holds up every request. What is
 * written while one runs is brought there by the next.
 */
export class BackgroundSync {
  #descriptor: number | undefined;
  #isRunning = false;
  #isWanted = false;
  readonly #failed: (error: Error) => void;

  private constructor(descriptor: number, failed: (error: Error) => void) {
    this.#descriptor = descriptor;
    this.#failed = failed;
  }

  /** undefined: there is no such file, or it cannot be written. `failed` is told once, and nothing is synced from then on. */
  static of(path: string, failed: (error: Error) => void): BackgroundSync | undefined {
    try {
      return new BackgroundSync(openSync(path, 'r+'), failed);
    } catch {
      return undefined;
    }
  }

  /** Whether it still brings anything to the disk. */
  get works(): boolean {
    return this.#descriptor !== undefined;
  }

  start(): void {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    if (this.#isRunning) {
      this.#isWanted = true;
      return;
    }
    this.#isRunning = true;
    fdatasync(descriptor, (error) => {
      this.#isRunning = false;
      if (this.#descriptor === undefined) closeSync(descriptor);
      else if (error) {
        this.close();
        this.#failed(error);
      } else if (this.#isWanted) {
        this.#isWanted = false;
        this.start();
      }
    });
  }

  /** Nothing more is synced; one that runs ends by itself. */
  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined && !this.#isRunning) closeSync(descriptor);
  }
}
