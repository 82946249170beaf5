import { PerigeeError } from '../../../core/index.ts';

/** Milliseconds after which to ask again, for somebody who is told that the database is away. */
export const RETRY_MS = 2000;

/** The error for a key of which nobody here knows whether it is kept. */
export function unavailable(): PerigeeError {
  return new PerigeeError(
    'gateway-unavailable',
    'Whether this key is known cannot be seen: the database is away.',
    {
      remedy: `Try again in ${RETRY_MS / 1000} s.`,
      retryable: true,
      retryAfterMs: RETRY_MS,
      status: 503,
    },
  );
}
