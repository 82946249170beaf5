import type { ErrorCode, PerigeeError } from '../../core/index.ts';
import { errorStatus, errorText } from '../front/index.ts';

/**
 * OpenAI's words where clients act on them: Codex compacts on the first, gives up on the next two, waits on the
 * fourth, and tries again for any word that it does not know (codex-rs, sse/responses.rs).
 */
const CODES: { readonly [code in ErrorCode]?: string } = {
  'context-too-long': 'context_length_exceeded',
  'quota-exceeded': 'insufficient_quota',
  'gateway-budget-exceeded': 'insufficient_quota',
  'invalid-request': 'invalid_prompt',
  'bad-request': 'invalid_prompt',
  'content-filter': 'invalid_prompt',
  'gateway-unsupported': 'invalid_prompt',
  'gateway-too-large': 'invalid_prompt',
  'rate-limited': 'rate_limit_exceeded',
  'gateway-rate-limited': 'rate_limit_exceeded',
  'model-not-found': 'model_not_found',
  'gateway-unauthorized': 'invalid_api_key',
  'gateway-forbidden': 'permission_denied',
  'gateway-not-found': 'not_found',
};

/** OpenAI's code for an error. */
export function errorCode(error: PerigeeError): string {
  if (error.code === 'invalid-request' && error.param === 'previous_response_id') {
    return 'previous_response_not_found';
  }
  return CODES[error.code] ?? 'server_error';
}

/** OpenAI's type for an error. */
export function errorType(error: PerigeeError): string {
  const status = errorStatus(error);
  if (status === 429) {
    return errorCode(error) === 'insufficient_quota' ? 'insufficient_quota' : 'rate_limit_error';
  }
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}

/** The message inside a stream, where there is no header that says how long to wait: Codex reads it from the text. */
export function streamErrorText(error: PerigeeError): string {
  const text = errorText(error);
  if (error.retryAfterMs === undefined || errorCode(error) !== 'rate_limit_exceeded') return text;
  return `${text} Please try again in ${Math.ceil(error.retryAfterMs / 1000)}s.`;
}
