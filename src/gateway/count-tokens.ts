import { isJsonObject } from '../core/index.ts';
import { bodyText, parseBody } from './body-json.ts';
import { chooseModel } from './choose-model.ts';
import type { Exchange } from './exchange.ts';
import { replyJson } from './json-reply.ts';
import type { GatewayParts } from './parts.ts';

/** `POST /v1/messages/count_tokens`: an estimate, since no Kimi host counts on this route. */
export function countTokens(
  exchange: Exchange,
  body: Uint8Array,
  estimateTokens: NonNullable<GatewayParts['estimateTokens']>,
): void {
  const json = parseBody(bodyText(body));
  // The only field that a message needs and a count does not have.
  const message = isJsonObject(json) ? { max_tokens: 1, ...json } : json;
  const { runtime, snapshot, tenant } = exchange;
  const { model, request } = exchange.front.decodeRequest(message, runtime.decodeOptions(snapshot, tenant));
  chooseModel(exchange, model);
  replyJson(exchange, 200, { input_tokens: estimateTokens(request) });
}
