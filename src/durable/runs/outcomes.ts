import { setTimeout as delay } from 'node:timers/promises';
import { PerigeeError } from '../../core/index.ts';
import type { RunOutcome } from './run-status.ts';

/** Milliseconds between two looks. */
const LOOK_MS = 200;

interface Waiting {
  readonly name: string;
  resolve(outcome: RunOutcome): void;
  reject(error: unknown): void;
}

/** Who waits for what comes of runs: one question for all of them. */
export class Outcomes {
  readonly #ask: (names: readonly string[]) => Promise<Map<string, RunOutcome>>;
  readonly #waiting = new Set<Waiting>();
  #looking = false;

  /** `ask` gives what came of those that are over, by name in small letters. */
  constructor(ask: (names: readonly string[]) => Promise<Map<string, RunOutcome>>) {
    this.#ask = ask;
  }

  /** Throws `aborted` with `signal`. */
  async of(id: string, signal: AbortSignal): Promise<RunOutcome> {
    let waiting: Waiting | undefined;
    const stop = () => waiting?.reject(new PerigeeError('aborted', 'Nobody waits for the run any more.'));
    try {
      return await new Promise<RunOutcome>((resolve, reject) => {
        waiting = { name: id.toLowerCase(), resolve, reject };
        this.#waiting.add(waiting);
        signal.addEventListener('abort', stop);
        if (signal.aborted) stop();
        else void this.#look();
      });
    } finally {
      signal.removeEventListener('abort', stop);
      this.#waiting.delete(waiting!);
    }
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#waiting.size > 0) {
        const all = [...this.#waiting];
        const outcomes = await this.#ask([...new Set(all.map(({ name }) => name))]);
        for (const { name, resolve } of all) {
          const outcome = outcomes.get(name);
          if (outcome) resolve(outcome);
        }
        await delay(outcomes.size > 0 ? 0 : LOOK_MS);
      }
    } catch (error) {
      for (const { reject } of this.#waiting) reject(error);
    } finally {
      this.#looking = false;
    }
  }
}
