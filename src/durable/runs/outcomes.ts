import { setTimeout as delay } from 'node:timers/promises';
import { PerigeeError } from '../../core/index.ts';
import { noSession } from './run-errors.ts';
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
  readonly #ask: (names: readonly string[]) => Promise<Map<string, RunOutcome | 'gone'>>;
  readonly #waiting = new Set<Waiting>();
  #looking = false;

  /** `ask` gives what came of those that are over, or that they were removed, by name in small letters. */
  constructor(ask: (names: readonly string[]) => Promise<Map<string, RunOutcome | 'gone'>>) {
    this.#ask = ask;
  }

  /** Throws `aborted` with `signal`, and `session-not-found` when the session is removed meanwhile. */
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
        for (const { name, resolve, reject } of all) {
          const outcome = outcomes.get(name);
          if (outcome === 'gone') reject(noSession(name));
          else if (outcome) resolve(outcome);
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
