import { type AccountKey, monthOf, PerigeeError, type Verdict } from '../../core/index.ts';
import { unknownKey } from './keys.ts';

type Refused = Exclude<Verdict, { readonly is: 'admitted' } | { readonly is: 'forbidden' }>;

/** Milliseconds after which whoever waited in vain for room in a budget may try again. */
const HELD_RETRY_MS = 5000;

const UNAVAILABLE = {
  budget: (id: string) => `Whether the key ${id} has budget left cannot be counted: the database is away.`,
  rates: (id: string) => `The requests of the key ${id} cannot be counted: the database is away.`,
  key: (id: string) => `Whether the key ${id} is known cannot be seen: the database is away.`,
};

/** The error for a request that may not begin, in the words that its client is shown. */
export function refusalOf(verdict: Refused, key: AccountKey, now: number): PerigeeError {
  switch (verdict.is) {
    case 'unknown':
      return unknownKey();
    case 'limited': {
      const { what, limit, retryAfterMs } = verdict;
      return later(
        'gateway-rate-limited',
        `The key ${key.id} used up its ${limit} ${what} per minute.`,
        429,
        retryAfterMs,
      );
    }
    case 'spent':
      return new PerigeeError(
        'gateway-budget-exceeded',
        `The key ${key.id} used up its budget of $${verdict.budget} for ${monthOf(now)}.`,
        { remedy: 'Raise its budget, or wait for the next month (UTC).', status: 429 },
      );
    case 'held':
      return later(
        'gateway-rate-limited',
        `What is left of the budget of $${verdict.budget} of the key ${key.id} is held for its requests that are being answered.`,
        429,
        HELD_RETRY_MS,
      );
    case 'away':
      return later('gateway-unavailable', UNAVAILABLE[verdict.what](key.id), 503, verdict.retryAfterMs);
  }
}

function later(
  code: 'gateway-rate-limited' | 'gateway-unavailable',
  message: string,
  status: number,
  retryAfterMs: number,
): PerigeeError {
  return new PerigeeError(code, message, {
    remedy: `Try again in ${Math.ceil(retryAfterMs / 1000)} s.`,
    retryable: true,
    retryAfterMs,
    status,
  });
}
