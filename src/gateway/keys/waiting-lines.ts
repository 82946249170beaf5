import type { Accounts, Asked, Verdict } from '../../core/index.ts';

/** Requests that may wait, of all keys together. */
const MOST = 1000;
/** Milliseconds between two questions of the first in a line: at first, and at most. */
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;

interface Waiting {
  readonly asked: Asked;
  readonly held: Verdict;
  readonly until: number;
  readonly isGone: () => boolean;
  readonly decide: (verdict: Verdict) => void;
}

/**
 * Requests that wait until what others of their key hold becomes free: one line for each key, in which only the first asks. It
 * may become free at another replica, so the first asks again and again.
 */
export class WaitingLines {
  readonly #accounts: Accounts;
  readonly #lines = new Map<string, Waiting[]>();
  readonly #wakes = new Map<string, () => void>();
  #count = 0;

  constructor(accounts: Accounts) {
    this.#accounts = accounts;
  }

  /** Whether somebody waits for this key already, who then is first. */
  has(key: string): boolean {
    return this.#lines.has(key);
  }

  /** Waits at most so long; then, or where too many wait, `held` is what becomes of it. */
  wait(asked: Asked, held: Verdict, waitMs: number, isGone: () => boolean): Verdict | Promise<Verdict> {
    if (this.#count >= MOST || waitMs <= 0) return held;
    this.#count++;
    return new Promise((decide) => {
      const waiting = { asked, held, until: performance.now() + waitMs, isGone, decide };
      const line = this.#lines.get(asked.key.id);
      if (line !== undefined) {
        line.push(waiting);
        return;
      }
      this.#lines.set(asked.key.id, [waiting]);
      void this.#serve(asked.key.id);
    });
  }

  /** Something of this key may have become free. */
  wake(key: string): void {
    this.#wakes.get(key)?.();
  }

  async #serve(key: string): Promise<void> {
    const line = this.#lines.get(key)!;
    let pause = FIRST_PAUSE_MS;
    while (line.length > 0) {
      const first = line[0]!;
      const left = first.until - performance.now();
      const verdict = left <= 0 || first.isGone() ? undefined : await this.#ask(first);
      if (verdict?.is !== 'held') {
        line.shift();
        this.#count--;
        first.decide(verdict ?? first.held);
        pause = FIRST_PAUSE_MS;
        continue;
      }
      const woken = await this.#pause(key, Math.min(left, pause * (0.5 + Math.random())));
      pause = woken ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
    this.#lines.delete(key);
  }

  /** A question that fails is asked again, as one that is not to be admitted yet. */
  async #ask({ asked, held }: Waiting): Promise<Verdict> {
    try {
      return await this.#accounts.admit({ ...asked, now: Date.now() });
    } catch {
      return held;
    }
  }

  #pause(key: string, milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (woken: boolean) => {
        clearTimeout(timer);
        this.#wakes.delete(key);
        resolve(woken);
      };
      const timer = setTimeout(end, milliseconds, false);
      this.#wakes.set(key, () => end(true));
    });
  }
}
