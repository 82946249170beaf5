import { estimateTokens } from '../../conform/index.ts';
import { countTokensResponse } from '../../protocols/index.ts';
import { chooseModel } from '../answers/choose-model.ts';
import { bodyText, parseBody } from '../bodies/body-json.ts';
import type { Exchange } from '../exchange.ts';
import { admitted } from '../keys/admission.ts';
import { replyJson } from './json-reply.ts';

/** `POST /v1/messages/count_tokens`: an estimate, since no Kimi host counts on this route. */
export function countTokens(exchange: Exchange, body: Uint8Array): void {
  const json = parseBody(bodyText(body));
  const { runtime, snapshot, tenant } = exchange;
  const { model, request } = exchange.front.decodeRequest(json, runtime.decodeOptions(snapshot, tenant));
  chooseModel(exchange, model);
  const tokens = estimateTokens({ messages: request.messages, tools: request.tools ?? [] });
  // It costs nothing, and counts as a request.
  admitted(
    exchange,
    () => 0,
    () => replyJson(exchange, 200, countTokensResponse(tokens)),
  );
}
