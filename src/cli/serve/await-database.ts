import { setTimeout } from 'node:timers/promises';
import { PerigeeError } from '../../core/index.ts';

/** Milliseconds in which a database that is being started, or changes its master, is mostly there. */
const WAIT_MS = 30_000;
const PAUSE_MS = 1000;

/**
 * Opens what is kept in a database, again and again while that cannot be reached; nothing listens meanwhile. Says once that it
 * waits. Throws at once where waiting is of no use (a wrong password or name), and after half a minute.
 */
export async function awaitDatabase<T>(open: () => Promise<T>, tell: (text: string) => void): Promise<T> {
  const until = performance.now() + WAIT_MS;
  for (let isTold = false; ; isTold = true) {
    try {
      return await open();
    } catch (error) {
      if (!isAway(error) || performance.now() >= until) throw error;
      if (!isTold)
        tell(`${error.message} It is waited for, ${WAIT_MS / 1000} s at most; nothing listens before.`);
      await setTimeout(PAUSE_MS);
    }
  }
}

function isAway(error: unknown): error is PerigeeError {
  return error instanceof PerigeeError && error.code === 'database-unreachable' && error.retryable;
}
