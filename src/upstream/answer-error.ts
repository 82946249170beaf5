import { PerigeeError } from '../core/index.ts';

/** The host sent something else than the protocol's JSON; `what` completes "the host …", `api` "that of …". */
export function notJson(what: string, api = 'an OpenAI-compatible API'): PerigeeError {
  return new PerigeeError('not-json', `the host ${what}.`, {
    remedy: `Check that the base URL is that of ${api}; mostly it ends in /v1.`,
  });
}

/** The answer ended too early; `place` completes "the answer ended …". */
export function cutShort(place: string, cause?: unknown): PerigeeError {
  return new PerigeeError('stream-cut', `the answer ended ${place}.`, {
    remedy: 'Send the request again; if it stays, look at the host and at proxies on the way.',
    retryable: true,
    cause,
  });
}

/** The answer is larger than any that a model gives, so it was given up. Asking again would mostly give the same. */
export function endless(): PerigeeError {
  return new PerigeeError('stream-cut', 'the answer was given up, since it does not end.', {
    remedy: 'Set a limit of tokens (max_tokens); if it stays, look at the host.',
  });
}

/** The same error, its message changed. */
export function reworded(error: PerigeeError, message: string): PerigeeError {
  return new PerigeeError(error.code, message, { ...error, cause: error.cause });
}
