import type { ErrorCode, PerigeeError } from '../../core/index.ts';
import { type ErrorReply, errorHeaders, errorStatus, errorText } from '../front/index.ts';
import { NO_THREADS } from './decode-request.ts';
import { tooLongText } from './too-long.ts';

/** The status by which Anthropic's clients know an overloaded API; some wait longer on it, or change the model. */
const OVERLOADED = 529;

const TYPES: { readonly [status: number]: string } = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};

/** Where waiting does not help. */
const BILLING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['quota-exceeded', 'gateway-budget-exceeded']);

/** The `error` object of a response or of an `error` event. */
export function errorObject(error: PerigeeError): Record<string, unknown> {
  const type = BILLING.has(error.code) ? 'billing_error' : (TYPES[errorStatus(error)] ?? 'api_error');
  return {
    type,
    message: error.code === 'context-too-long' ? tooLongText(errorText(error)) : errorText(error),
    ...(error.hostType === NO_THREADS && { details: { error_code: NO_THREADS, unsupported: ['thread'] } }),
  };
}

/** An error as Anthropic's API answers it. */
export function encodeMessagesError(error: PerigeeError, requestId: string): ErrorReply {
  const status = errorStatus(error);
  return {
    status: status === 503 ? OVERLOADED : status,
    headers: { ...errorHeaders(error), 'request-id': requestId },
    body: { type: 'error', error: errorObject(error), request_id: requestId },
  };
}
