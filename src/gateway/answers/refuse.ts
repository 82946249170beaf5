import { PerigeeError } from '../../core/index.ts';
import type { Exchange } from '../exchange.ts';
import { addNoteHeaders } from './note-headers.ts';

/** Statuses that HTTP reserves for cases which are all `gateway-unsupported`: a method, a body's encoding, a protocol. */
const RESERVED: ReadonlySet<number> = new Set([405, 415, 426]);

/** Any error as one that may be shown. What is not ours is a fault here: its text may hold anything, so it is not shown. */
export function shown(error: unknown): PerigeeError {
  if (error instanceof PerigeeError) return error;
  if (error instanceof RangeError && /call stack/i.test(error.message)) {
    return new PerigeeError('invalid-request', 'The request is nested too deeply.', {
      remedy: 'Flatten its schemas or arguments.',
      status: 400,
    });
  }
  return new PerigeeError('server-error', 'The gateway failed at this request.', {
    remedy: 'Report it with the request id.',
    retryable: true,
    cause: error,
  });
}

/** Answers with an error in the shape of the client's protocol, and ends the exchange. */
export function refuse(exchange: Exchange, error: unknown): void {
  const { sink } = exchange.arrival;
  const failure = shown(error);
  exchange.error = failure.code;
  if (sink.closed) {
    exchange.end(499);
    return;
  }
  const reply = exchange.front.encodeError(failure, exchange.requestId);
  const { headers, body } = reply;
  const { code, status: own = 0 } = failure;
  const status = code === 'gateway-unsupported' && RESERVED.has(own) ? own : reply.status;
  const flat = ['content-type', 'application/json', 'x-request-id', exchange.requestId];
  for (const [name, value] of Object.entries(headers)) {
    if (name !== 'x-request-id') flat.push(name, value);
  }
  addNoteHeaders(exchange.notes, flat);
  sink.reply(status, flat, JSON.stringify(body));
  exchange.end(status);
}
