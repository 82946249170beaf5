import type { Dispatcher } from 'undici';
import { abortedError, PerigeeError } from '../core/index.ts';
import { connectionError } from './connection-error.ts';
import { decompressed, type Response } from './decompress.ts';
import { invalid } from './invalid.ts';
import type { Way } from './way.ts';

/** Sends a request and gives back its response once the head is there. Throws only `PerigeeError`s. */
export async function sendRequest(
  { dispatcher, request, where }: Way,
  body: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Response> {
  if (signal?.aborted) throw abortedError(signal);
  try {
    const sent = dispatcher.request({ ...request, body: body ?? null, signal: signal ?? null });
    return decompressed(await abortable(sent, signal), where);
  } catch (error) {
    throw requestError(error, where, signal);
  }
}

/** What went wrong on the way, told apart from what the caller did. */
export function requestError(error: unknown, where: string, signal: AbortSignal | undefined): PerigeeError {
  if (signal?.aborted) return abortedError(signal);
  if (error instanceof PerigeeError) return error;
  if (error instanceof Error && 'code' in error && error.code === 'UND_ERR_INVALID_ARG') {
    // The text of undici's error may hold the header that it refuses.
    return invalid('a header or option cannot be sent', 'Correct headers and the other options.');
  }
  return connectionError(error, where);
}

/** undici heeds a signal only once it is connected. */
async function abortable(
  sent: Promise<Dispatcher.ResponseData>,
  signal: AbortSignal | undefined,
): Promise<Dispatcher.ResponseData> {
  if (!signal) return sent;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([sent, aborted]);
  } catch (error) {
    sent.then(
      ({ body }) => body.on('error', () => {}).destroy(),
      () => {},
    );
    throw error;
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
