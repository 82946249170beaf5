import { PerigeeError } from '../../core/index.ts';
import type { Exchange } from '../exchange.ts';
import { replyJson } from './json-reply.ts';

/** `GET /v1/responses/{id}`. */
export function showResponse(exchange: Exchange, id: string): void {
  replyJson(exchange, 200, found(id, exchange.runtime.responses.get(exchange.tenant, id)));
}

/** `GET /v1/responses/{id}/input_items`. */
export function showInputItems(exchange: Exchange, id: string): void {
  const data = found(id, exchange.runtime.responses.inputItems(exchange.tenant, id));
  replyJson(exchange, 200, {
    object: 'list',
    data,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
    has_more: false,
  });
}

/** `DELETE /v1/responses/{id}`. */
export function deleteResponse(exchange: Exchange, id: string): void {
  found(id, exchange.runtime.responses.delete(exchange.tenant, id) || undefined);
  replyJson(exchange, 200, { id, object: 'response', deleted: true });
}

function found<T>(id: string, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new PerigeeError('gateway-not-found', `There is no response ${JSON.stringify(id.slice(0, 80))}.`, {
    remedy:
      'It was never stored for this key, was deleted, or made room for newer ones: send the whole conversation.',
    status: 404,
  });
}
