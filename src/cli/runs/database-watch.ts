import { setTimeout as delay } from 'node:timers/promises';
import { PerigeeError } from '../../core/index.ts';

/** Milliseconds between two looks. */
const LOOK_MS = 3_000;

/** Tells a person who waits for what comes of a database when that cannot be reached, and when it is back. */
export class DatabaseWatch {
  readonly #look: () => Promise<unknown>;
  readonly #note: (text: string) => void;
  readonly #end = new AbortController();
  #awaySince: number | undefined;

  /** `look` asks the database for something small, and fails at once where it is away. */
  constructor(look: () => Promise<unknown>, note: (text: string) => void) {
    this.#look = look;
    this.#note = note;
  }

  /** Looks again and again until `end`. */
  begin(): void {
    void this.#again();
  }

  end(): void {
    this.#end.abort();
  }

  /** Milliseconds for which it has been away; 0: it is there. */
  get awayMs(): number {
    return this.#awaySince === undefined ? 0 : performance.now() - this.#awaySince;
  }

  /** It could not be reached. */
  away(error: unknown): void {
    if (this.#awaySince !== undefined || this.#end.signal.aborted) return;
    this.#awaySince = performance.now();
    this.#note(`${(error as Error).message} Trying again.`);
  }

  /** It has answered. */
  back(): void {
    if (this.#awaySince === undefined || this.#end.signal.aborted) return;
    this.#awaySince = undefined;
    this.#note('The database is back.');
  }

  async #again(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      await delay(LOOK_MS, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#look();
        this.back();
      } catch (error) {
        if (isAway(error)) this.away(error);
      }
    }
  }
}

/** Whether the database could not be reached, and may be soon. */
export function isAway(error: unknown): boolean {
  return error instanceof PerigeeError && error.code === 'database-unreachable' && error.retryable;
}
