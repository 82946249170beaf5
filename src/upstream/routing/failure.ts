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

/**
 * The failure of an upstream that is left alone for so long yet. Unless it was `asked`, the request was not even sent there, and
 * the failure is another's.
 */
export function stillFailing(
  error: PerigeeError,
  name: string,
  retryAfterMs: number,
  asked: boolean,
): PerigeeError {
  const seconds = Math.ceil(retryAfterMs / 1000);
  const wait = seconds <= 1 ? 'another second' : `another ${seconds} seconds`;
  const earlier = error.message.replace(/\.?\s*$/, '.');
  const message = asked
    ? error.message
    : `${earlier} That was an earlier request; this one was not sent, since ${name} is left alone for ${wait}.`;
  return new PerigeeError(error.code, message, {
    ...error,
    cause: error.cause,
    retryable: true,
    retryAfterMs: Math.max(1, Math.ceil(retryAfterMs)),
  });
}
