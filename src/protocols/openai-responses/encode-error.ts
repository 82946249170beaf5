import type { PerigeeError } from '../../core/index.ts';
import { type ErrorReply, errorHeaders, errorStatus, errorText } from '../front/index.ts';
import { errorCode, errorType } from './error-names.ts';

/** An error as OpenAI's API answers with it. */
export function encodeResponsesError(error: PerigeeError, requestId: string): ErrorReply {
  return {
    status: errorStatus(error),
    headers: { ...errorHeaders(error), 'x-request-id': requestId },
    body: {
      error: {
        message: errorText(error),
        type: errorType(error),
        param: error.param ?? null,
        code: errorCode(error),
      },
    },
  };
}
