import { abortedError } from '../core/index.ts';

/** Waits. An abort ends the wait whether or not it heeds the signal. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

/** Milliseconds of the longest timer; a longer one would fire at once. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** Waits; throws `aborted` as soon as the signal fires. */
export async function pause(milliseconds: number, wait: Sleep = sleep, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) throw abortedError(signal);
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal ? abortedError(signal) : undefined);
    signal?.addEventListener('abort', onAbort);
  });
  try {
    await Promise.race([aborted, wait(Math.min(milliseconds, LONGEST_WAIT), signal)]);
  } finally {
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
}

/** A timer; resolves never once the signal has fired. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const onAbort = () => clearTimeout(timer);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
