import { PerigeeError } from '../../../core/index.ts';

/** As ids are in configuration files. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const HASH = /^[0-9a-f]{64}$/;

interface Checked {
  readonly id: string;
  readonly hash: string;
  readonly requestsPerMinute?: number | null;
  readonly tokensPerMinute?: number | null;
  readonly monthlyBudget?: number | null;
}

/** Throws `invalid-options` for a key that cannot be kept. */
export function checkKey(key: Checked): void {
  const { id, hash, requestsPerMinute, tokensPerMinute, monthlyBudget } = key;
  if (!ID.test(id)) {
    throw invalid(
      `${JSON.stringify(id.slice(0, 80))} cannot be the name of a key.`,
      'Give up to 64 letters, digits and . _ @ -, beginning with a letter or digit.',
    );
  }
  if (!HASH.test(hash))
    throw invalid(`The hash of the key ${id} is no SHA-256.`, 'Give 64 lower-case hex digits.');
  for (const [what, value] of Object.entries({ requestsPerMinute, tokensPerMinute })) {
    if (value != null && !(value >= 1 && Number.isFinite(value))) {
      throw invalid(
        `${what} of the key ${id} is ${value}, which is no limit.`,
        'Give a number of at least 1.',
      );
    }
  }
  if (monthlyBudget != null && !(monthlyBudget >= 0 && monthlyBudget <= 1e6)) {
    throw invalid(`The budget of the key ${id} is ${monthlyBudget}.`, 'Give US dollars, 0 to 1,000,000.');
  }
}

/** The error for an id that another key has. */
export function keyInUse(id: string): PerigeeError {
  return invalid(
    `There is a key ${id} already.`,
    'Revoke it first, which keeps its budget and usage, or take another name.',
  );
}

function invalid(message: string, remedy: string): PerigeeError {
  return new PerigeeError('invalid-options', message, { remedy });
}
