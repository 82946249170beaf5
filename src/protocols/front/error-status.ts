import type { ErrorCode, PerigeeError } from '../../core/index.ts';

/**
 * The HTTP status that tells a client what happened. What the host said of *our* key or address is no fault of the
 * client, so it is 502; what it said of the request itself keeps its meaning.
 */
const STATUS: { readonly [code in ErrorCode]?: number } = {
  'invalid-request': 400,
  'bad-request': 400,
  'context-too-long': 400,
  'content-filter': 400,
  'model-not-found': 404,
  'rate-limited': 429,
  'quota-exceeded': 429,
  overloaded: 503,
  silence: 504,
  aborted: 499,
  'empty-turns': 502,
  'gateway-unauthorized': 401,
  'gateway-forbidden': 403,
  'gateway-not-found': 404,
  'gateway-too-large': 413,
  'gateway-too-slow': 408,
  'gateway-unsupported': 400,
  'gateway-rate-limited': 429,
  'gateway-budget-exceeded': 429,
  'gateway-overloaded': 503,
  'gateway-draining': 503,
  'database-unreachable': 503,
  'gateway-unavailable': 503,
  'invalid-options': 500,
  'missing-package': 500,
};

/** The status for an error; failures on the way to the host, and of the host, are 502. */
export function errorStatus(error: PerigeeError): number {
  return STATUS[error.code] ?? 502;
}

/** A text that ends as a sentence does, maybe within quotes or brackets. */
const ENDED = /[.!?…。！？]["'`”’)\]]*$/;

/** What to do about it belongs to what happened: most clients show nothing but the message. */
export function errorText({ message, remedy }: PerigeeError): string {
  if (remedy === undefined) return message;
  const said = message.trimEnd();
  return `${said}${ENDED.test(said) ? '' : '.'} ${remedy}`;
}

/**
 * What stays until somebody pays, or sets the gateway up in another way. Without the word Claude Code, for one, asks for
 * minutes again and again before it shows that the gateway has no key of its host.
 */
const LASTING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'quota-exceeded',
  'gateway-budget-exceeded',
  'no-api-key',
  'wrong-api-key',
  'forbidden',
  'endpoint-not-found',
]);

/** `Retry-After` in whole seconds, and the word that stops SDKs from trying again where that cannot help. */
export function errorHeaders(error: PerigeeError): { [name: string]: string } {
  const headers: { [name: string]: string } = {};
  if (error.retryAfterMs !== undefined) headers['retry-after'] = `${Math.ceil(error.retryAfterMs / 1000)}`;
  if (LASTING.has(error.code)) headers['x-should-retry'] = 'false';
  return headers;
}
