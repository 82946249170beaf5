import type { ErrorCode, PerigeeError } from '../../core/index.ts';
import { type ErrorReply, errorHeaders, errorStatus, errorText } from '../front/index.ts';

/** Codes that clients of OpenAI switch on; any other error goes by our own. */
const CODES: { readonly [code in ErrorCode]?: string } = {
  'context-too-long': 'context_length_exceeded',
  'model-not-found': 'model_not_found',
  'content-filter': 'content_filter',
  'rate-limited': 'rate_limit_exceeded',
  'quota-exceeded': 'insufficient_quota',
  'gateway-unauthorized': 'invalid_api_key',
  'gateway-rate-limited': 'rate_limit_exceeded',
  'gateway-budget-exceeded': 'insufficient_quota',
};

/** The `error` object of OpenAI's protocols: of a refusal and, in a stream, of what broke it off. */
export function encodeErrorObject(error: PerigeeError): Record<string, unknown> {
  const code = CODES[error.code] ?? error.code;
  return {
    message: errorText(error),
    type: code === 'insufficient_quota' ? code : errorType(errorStatus(error)),
    param: error.param ?? null,
    code,
  };
}

/** An error as the response that OpenAI's clients expect. */
export function encodeChatError(error: PerigeeError, requestId: string): ErrorReply {
  return {
    status: errorStatus(error),
    headers: { ...errorHeaders(error), 'x-request-id': requestId },
    body: { error: encodeErrorObject(error) },
  };
}

function errorType(status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error';
    case 403:
      return 'permission_error';
    case 404:
      return 'not_found_error';
    case 429:
      return 'rate_limit_error';
    default:
      return status < 500 ? 'invalid_request_error' : 'server_error';
  }
}
