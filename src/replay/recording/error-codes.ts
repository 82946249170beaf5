import type { ErrorCode } from '../../core/index.ts';

/** A record and not a list, so that a code which is missing here does not compile. */
const ERROR_CODES: { readonly [code in ErrorCode]: true } = {
  'invalid-options': true,
  'invalid-request': true,
  'missing-package': true,
  'connection-refused': true,
  dns: true,
  tls: true,
  'connection-lost': true,
  silence: true,
  aborted: true,
  'no-api-key': true,
  'wrong-api-key': true,
  forbidden: true,
  'model-not-found': true,
  'endpoint-not-found': true,
  'bad-request': true,
  'context-too-long': true,
  'content-filter': true,
  'rate-limited': true,
  'quota-exceeded': true,
  overloaded: true,
  'server-error': true,
  'not-json': true,
  'stream-cut': true,
  'stream-error': true,
  'script-exhausted': true,
  'recording-invalid': true,
  'recording-mismatch': true,
  'recording-unwritable': true,
  'empty-turns': true,
  'session-busy': true,
  'session-not-found': true,
  'session-invalid': true,
  'session-unwritable': true,
  'gateway-unauthorized': true,
  'gateway-forbidden': true,
  'gateway-not-found': true,
  'gateway-too-large': true,
  'gateway-too-slow': true,
  'gateway-unsupported': true,
  'gateway-rate-limited': true,
  'gateway-budget-exceeded': true,
  'gateway-overloaded': true,
  'gateway-draining': true,
  'config-invalid': true,
};

/** Whether this version of Perigee throws errors with such a code. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
}
