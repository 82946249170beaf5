/**
 * Every way in which a call into Perigee can fail. The set is closed: switch on `error.code`.
 * docs/errors.md has each with its remedy.
 */
export type ErrorCode =
  // what the caller handed in
  | 'invalid-options'
  | 'invalid-request'
  | 'missing-package'
  // the way to the host
  | 'connection-refused'
  | 'dns'
  | 'tls'
  | 'connection-lost'
  | 'silence'
  | 'aborted'
  // what the host said
  | 'no-api-key'
  | 'wrong-api-key'
  | 'forbidden'
  | 'model-not-found'
  | 'endpoint-not-found'
  | 'bad-request'
  | 'context-too-long'
  | 'content-filter'
  | 'rate-limited'
  | 'quota-exceeded'
  | 'overloaded'
  | 'server-error'
  // what the host sent
  | 'not-json'
  | 'stream-cut'
  | 'stream-error'
  // recordings and scripts
  | 'script-exhausted'
  | 'recording-invalid'
  | 'recording-mismatch'
  | 'recording-unwritable'
  // the agent
  | 'empty-turns'
  // sessions
  | 'session-busy'
  | 'session-not-found'
  | 'session-invalid'
  | 'session-unwritable'
  | 'session-lost'
  | 'run-abandoned'
  // the database
  | 'database-unreachable'
  | 'database-invalid'
  // the gateway, to its clients
  | 'gateway-unauthorized'
  | 'gateway-forbidden'
  | 'gateway-not-found'
  | 'gateway-too-large'
  | 'gateway-too-slow'
  | 'gateway-unsupported'
  | 'gateway-rate-limited'
  | 'gateway-budget-exceeded'
  | 'gateway-overloaded'
  | 'gateway-draining'
  | 'gateway-unavailable'
  | 'config-invalid';

export interface PerigeeErrorDetails {
  /** What to do about it, in one sentence. */
  readonly remedy?: string;
  /** The HTTP status, where there was one. */
  readonly status?: number;
  /** The host's own error type or code, where it gave one. */
  readonly hostType?: string;
  /** The field of the request that is wrong, as in `messages[2].content`. */
  readonly param?: string;
  /** Whether the same request may succeed later. */
  readonly retryable?: boolean;
  /** Milliseconds that the host asked to wait. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The one error that Perigee throws. `message` says what went wrong and where, `remedy` what to do. */
export class PerigeeError extends Error {
  override readonly name: string = 'PerigeeError';
  readonly code: ErrorCode;
  readonly remedy: string | undefined;
  readonly status: number | undefined;
  readonly hostType: string | undefined;
  readonly param: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: PerigeeErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.remedy = details.remedy;
    this.status = details.status;
    this.hostType = details.hostType;
    this.param = details.param;
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The error for a request that its own caller cancelled. */
export function abortedError(signal: AbortSignal): PerigeeError {
  return new PerigeeError('aborted', 'The request was cancelled.', { cause: signal.reason });
}
