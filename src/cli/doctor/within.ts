import { setTimeout } from 'node:timers/promises';

/** What a promise comes to, or what is said when it takes longer than so many milliseconds. Rejections pass on. */
export async function within<T, U>(promise: Promise<T>, ms: number, late: () => U): Promise<T | U> {
  const waiting = new AbortController();
  try {
    return await Promise.race([promise, setTimeout(ms, undefined, { signal: waiting.signal }).then(late)]);
  } finally {
    waiting.abort();
    // The timer that was given up rejects; nobody is to hear of it.
    promise.catch(() => {});
  }
}
