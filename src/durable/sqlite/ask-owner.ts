import { connect } from 'node:net';
import { type ErrorCode, isJsonObject, PerigeeError, parseJsonObject } from '../../core/index.ts';
import type { DeskRequest } from './desk.ts';
import type { OwnerCard } from './owner.ts';

/** Milliseconds in which an owner answers that is not stuck. */
const PATIENCE_MS = 5_000;

/** What an owner answered; undefined when there is nobody at the other end, or nobody who answers. */
export interface OwnerAnswer {
  readonly value: unknown;
}

/** Asks whoever works on a session. Throws the `PerigeeError` that it answers with, and `aborted`. */
export async function askOwner(
  card: OwnerCard,
  request: DeskRequest,
  signal?: AbortSignal,
): Promise<OwnerAnswer | undefined> {
  if (card.socket === undefined) return undefined;
  const waits = request.op === 'page' && request.wait === true;
  const line = await exchange(card.socket, `${JSON.stringify({ token: card.token, ...request })}\n`, {
    ...(!waits && { timeoutMs: PATIENCE_MS }),
    ...(signal && { signal }),
  });
  const reply = line === undefined ? undefined : parseJsonObject(line);
  if (reply === undefined) return undefined;
  if ('ok' in reply) return { value: reply['ok'] };
  throw errorOf(reply['error']);
}

function exchange(
  path: string,
  question: string,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const pieces: string[] = [];
    const socket = connect(path);
    const stop = () => socket.destroy();
    options.signal?.addEventListener('abort', stop, { once: true });
    if (options.signal?.aborted) stop();
    if (options.timeoutMs !== undefined) socket.setTimeout(options.timeoutMs, stop);
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('data', (piece: string) => pieces.push(piece));
    socket.on('close', () => {
      options.signal?.removeEventListener('abort', stop);
      const answer = pieces.join('');
      resolve(answer.endsWith('\n') ? answer : undefined);
    });
    socket.write(question);
  });
}

function errorOf(error: unknown): PerigeeError {
  const { code, message, remedy } = isJsonObject(error) ? error : {};
  return new PerigeeError(
    (typeof code === 'string' ? code : 'session-invalid') as ErrorCode,
    String(message),
    {
      ...(typeof remedy === 'string' && { remedy }),
    },
  );
}
