import { PerigeeError } from '../../core/index.ts';
import { encodeItemsPage, withoutConfiguration } from '../../protocols/index.ts';
import type { Exchange } from '../exchange.ts';
import { replyJson } from './json-reply.ts';
import { later } from './later.ts';
import { queryOf } from './query-of.ts';

const ID_PREFIX = 'resp_';

/** `GET /v1/responses/{id}`. */
export function showResponse(exchange: Exchange, id: string): void {
  refuseStream(exchange.arrival.target);
  withResponse(exchange, id, (response) => replyJson(exchange, 200, withoutConfiguration(response)));
}

/** `GET /v1/responses/{id}/input_items`. */
export function showInputItems(exchange: Exchange, id: string): void {
  const { responses, shared } = exchange.runtime;
  const { tenant } = exchange;
  const query = queryOf(exchange.arrival.target);
  const reply = (value: unknown) => {
    const items = found(id, value) as Record<string, unknown>[];
    replyJson(exchange, 200, encodeItemsPage(items, id.slice(ID_PREFIX.length), query));
  };
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

/** `POST /v1/responses/{id}/cancel`: only what runs in the background could be cancelled so. */
export function cancelResponse(exchange: Exchange, id: string): void {
  withResponse(exchange, id, () => {
    throw new PerigeeError(
      'gateway-unsupported',
      `The response ${JSON.stringify(id.slice(0, 80))} has ended.`,
      {
        remedy:
          'Nothing runs in the background here: a response that is still being made is cancelled by closing its connection.',
        status: 400,
      },
    );
  });
}

/** Goes on with a stored response. Throws `gateway-not-found`, or answers with it where the store is asked first. */
function withResponse(exchange: Exchange, id: string, go: (response: Record<string, unknown>) => void): void {
  const { responses, shared } = exchange.runtime;
  const { tenant } = exchange;
  const reply = (value: unknown) => go(found(id, value) as Record<string, unknown>);
  if (shared) later(exchange, shared.responses.show(tenant, id, 'answer'), reply);
  else reply(responses.get(tenant, id));
}

/** To a client that waits for events, JSON is a stream in which nothing comes. */
function refuseStream(target: string): void {
  if (queryOf(target)['stream'] !== 'true') return;
  throw new PerigeeError('gateway-unsupported', 'A stored response is not streamed again.', {
    remedy: 'Ask for it without `stream`.',
    param: 'stream',
    status: 400,
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
