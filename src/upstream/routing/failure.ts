import { type ErrorCode, PerigeeError } from '../../core/index.ts';

/**
 * What an error says. `host`: the host or the way to it failed. `limited`: it asks for a pause. `refused`: it does not
 * serve us, which another upstream may. `final`: the request itself is refused, or the caller's doing.
 */
export type Verdict = 'host' | 'limited' | 'refused' | 'final';

const VERDICTS: Partial<Record<ErrorCode, Verdict>> = {
  'connection-refused': 'host',
  dns: 'host',
  tls: 'host',
  'connection-lost': 'host',
  silence: 'host',
  overloaded: 'host',
  'server-error': 'host',
  'not-json': 'host',
  'stream-cut': 'host',
  'stream-error': 'host',
  'rate-limited': 'limited',
  'quota-exceeded': 'refused',
  'no-api-key': 'refused',
  'wrong-api-key': 'refused',
  forbidden: 'refused',
  'model-not-found': 'refused',
  'endpoint-not-found': 'refused',
};

export function verdictOn(error: unknown): Verdict {
  return error instanceof PerigeeError ? (VERDICTS[error.code] ?? 'final') : 'final';
}

/** Whether the same upstream may answer if it is asked again soon; after silence the wait would begin anew. */
export function mayRecover(error: PerigeeError): boolean {
  return error.code === 'stream-error' || (error.retryable && error.code !== 'silence');
}

/** Of the errors of all upstreams the one to throw: the limit that is over first, else what failed first. */
export function mostTelling(errors: readonly PerigeeError[]): PerigeeError | undefined {
  let limit: PerigeeError | undefined;
  for (const error of errors) {
    const { code, retryAfterMs = Infinity } = error;
    if (code !== 'rate-limited' && (code !== 'overloaded' || retryAfterMs === Infinity)) continue;
    if (!limit || retryAfterMs < (limit.retryAfterMs ?? Infinity)) limit = error;
  }
  return limit ?? errors[0];
}

/** The same failure for a request that was not even sent, since the host is left alone for so long yet. */
export function stillFailing(error: PerigeeError, retryAfterMs: number): PerigeeError {
  return new PerigeeError(error.code, error.message, {
    ...error,
    cause: error.cause,
    retryable: true,
    retryAfterMs: Math.max(1, Math.ceil(retryAfterMs)),
  });
}
