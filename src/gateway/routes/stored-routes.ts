import { PerigeeError } from '../../core/index.ts';
import { refuse } from '../answers/refuse.ts';
import type { Exchange } from '../exchange.ts';
import { replyJson } from './json-reply.ts';

/** `GET /v1/responses/{id}`. */
export function showResponse(exchange: Exchange, id: string): void {
  const { responses, shared } = exchange.runtime;
  const { tenant } = exchange;
  refuseStream(exchange.arrival.target);
  const reply = (value: unknown) => replyJson(exchange, 200, found(id, value));
  if (shared) later(exchange, shared.responses.show(tenant, id, 'answer'), reply);
  else reply(responses.get(tenant, id));
}

/** `GET /v1/responses/{id}/input_items`. */
export function showInputItems(exchange: Exchange, id: string): void {
  const { responses, shared } = exchange.runtime;
  const { tenant } = exchange;
  const reply = (value: unknown) => replyJson(exchange, 200, listed(found(id, value) as Item[]));
  if (shared) later(exchange, shared.responses.show(tenant, id, 'items'), reply);
  else reply(responses.inputItems(tenant, id));
}

/** `DELETE /v1/responses/{id}`. */
export function deleteResponse(exchange: Exchange, id: string): void {
  const { responses, shared } = exchange.runtime;
  const { tenant } = exchange;
  const reply = (deleted: boolean) => {
    found(id, deleted || undefined);
    replyJson(exchange, 200, { id, object: 'response', deleted: true });
  };
  if (shared) later(exchange, shared.responses.delete(tenant, id), reply);
  else reply(responses.delete(tenant, id));
}

/** To a client that waits for events, JSON is a stream in which nothing comes. */
function refuseStream(target: string): void {
  if (new URLSearchParams(target.split('?', 2)[1]).get('stream') !== 'true') return;
  throw new PerigeeError('gateway-unsupported', 'A stored response is not streamed again.', {
    remedy: 'Ask for it without `stream`.',
    param: 'stream',
    status: 400,
  });
}

type Item = Record<string, unknown>;

function listed(data: readonly Item[]) {
  return {
    object: 'list',
    data,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
    has_more: false,
  };
}

/** Answers with what a promise gives, unless the client is gone by then. */
function later<T>(exchange: Exchange, promise: Promise<T>, reply: (value: T) => void): void {
  promise
    .then((value) => {
      if (!exchange.ended) reply(value);
    })
    .catch((error: unknown) => {
      if (!exchange.ended) refuse(exchange, error);
    });
}

function found<T>(id: string, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new PerigeeError('gateway-not-found', `There is no response ${JSON.stringify(id.slice(0, 80))}.`, {
    remedy:
      'It was never stored for this key, was deleted, has expired, or made room for newer ones: send the whole conversation.',
    status: 404,
  });
}
