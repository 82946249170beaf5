import { estimateTokens } from '../../conform/index.ts';
import { isJsonObject } from '../../core/index.ts';
import { countTokensResponse, inputTokensResponse, storedNamesIn } from '../../protocols/index.ts';
import { chooseModel } from '../answers/choose-model.ts';
import { bodyText, parseBody } from '../bodies/body-json.ts';
import type { Exchange } from '../exchange.ts';
import { admitted } from '../keys/admission.ts';
import { replyJson } from './json-reply.ts';
import { later } from './later.ts';

type Reply = (tokens: number) => Record<string, unknown>;

/** `POST /v1/messages/count_tokens`: an estimate, since no Kimi host counts on this route. */
export function countTokens(exchange: Exchange, body: Uint8Array): void {
  replyCount(exchange, parseBody(bodyText(body)), countTokensResponse);
}

/** `POST /v1/responses/input_tokens`: the same, with what was stored before. It need not name a model. */
export function countInputTokens(exchange: Exchange, body: Uint8Array): void {
  const json = parseBody(bodyText(body));
  const { tenant, runtime } = exchange;
  const names = storedNamesIn(json);
  const isNamed = !isJsonObject(json) || (json['model'] ?? undefined) !== undefined;
  const asked = isNamed ? json : { ...json, model: 'any' };
  const go = () => replyCount(exchange, asked, inputTokensResponse, isNamed);
  if (runtime.shared && names) later(exchange, runtime.shared.responses.load(tenant, names), go);
  else go();
}

function replyCount(exchange: Exchange, json: unknown, reply: Reply, isNamed = true): void {
  const { runtime, snapshot, tenant, front } = exchange;
  const { model, request } = front.decodeRequest(json, runtime.decodeOptions(snapshot, tenant));
  if (isNamed) chooseModel(exchange, model);
  const tokens = estimateTokens({ messages: request.messages, tools: request.tools ?? [] });
  // It costs nothing, and counts as a request.
  admitted(
    exchange,
    () => 0,
    () => replyJson(exchange, 200, reply(tokens)),
  );
}
