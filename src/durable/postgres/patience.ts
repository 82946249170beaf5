import { setTimeout as delay } from 'node:timers/promises';
import { PerigeeError } from '../../core/index.ts';

/** Milliseconds for which a run bears that the database is away: a restart, a fail-over. */
export const RUN_PATIENCE_MS = 120_000;
/** Milliseconds for which whoever asks from outside bears it. */
export const ASK_PATIENCE_MS = 15_000;

/** Whether the same may go well later. */
export function isPassing(error: unknown): boolean {
  return error instanceof PerigeeError && error.code === 'database-unreachable' && error.retryable === true;
}

/** Tries until it goes well, for as long as it fails because the database is away. What is tried may be done twice. */
export async function patiently<T>(forMs: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const end = performance.now() + forMs;
  for (let waitMs = 30; ; waitMs = Math.min(waitMs * 2, 1_000)) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || signal?.aborted || performance.now() + waitMs > end) throw error;
    }
    // Not all at the same moment, when the database is back.
    await delay(waitMs * (0.5 + Math.random() / 2));
  }
}
