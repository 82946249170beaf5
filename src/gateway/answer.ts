import type { AssistantMessage, Turn } from '../core/index.ts';
import type { EncodeOptions } from '../protocols/index.ts';
import { answerStream } from './answer-stream.ts';
import { answerWhole } from './answer-whole.ts';
import { headerOf } from './arrival.ts';
import { bodyText, parseBody } from './body-json.ts';
import { takeController } from './cancellation.ts';
import { chooseModel } from './choose-model.ts';
import type { Exchange } from './exchange.ts';
import type { ServedFront } from './fronts.ts';
import type { Question } from './question.ts';
import { answerRaw } from './raw.ts';

/** Answers a request whose body has come. */
export function answer(exchange: Exchange, place: ServedFront, body: Uint8Array): void {
  const received = performance.now();
  if (headerOf(exchange.arrival.headers, 'x-tool-mode')?.trim().toLowerCase() === 'raw') {
    answerRaw(exchange, place, body);
    return;
  }
  const question = ask(exchange, place, parseBody(bodyText(body)));
  exchange.ownMs += performance.now() - received;
  if (question.client.stream) void answerStream(exchange, question);
  else void answerWhole(exchange, question);
}

function ask(exchange: Exchange, place: ServedFront, json: unknown): Question {
  const { runtime, snapshot, tenant } = exchange;
  const { front } = place;
  const client = front.decodeRequest(json, runtime.decodeOptions(snapshot, tenant));
  exchange.stream = client.stream;
  const served = chooseModel(exchange, client.model);
  const request = runtime.memory?.restore(tenant, client.request, exchange.tell) ?? client.request;
  const options: EncodeOptions<unknown> = {
    id: exchange.id,
    model: client.model,
    created: Math.floor(Date.now() / 1000),
    reply: client.reply,
    seal: runtime.sealOf(snapshot, tenant).seal,
  };
  exchange.span = runtime.tracing.start(exchange, request);
  const keep = keeperOf(exchange, place, json, { client, request, options });
  return { front, client, served, request, options, keep, controller: takeController() };
}

function keeperOf(
  { runtime, tenant }: Exchange,
  place: ServedFront,
  json: unknown,
  { client, request, options }: Pick<Question, 'client' | 'request' | 'options'>,
): Question['keep'] {
  const { memory, responses } = runtime;
  const input = responses && place.stored?.(client.reply, json);
  if (memory === undefined && input === undefined) return undefined;
  return (turn) => {
    memory?.keep(tenant, request, turn);
    if (responses === undefined || input === undefined) return;
    const response = place.front.encodeResponse(turn, options);
    responses.put(tenant, response, input, [...client.request.messages, assistantMessage(turn)]);
  };
}

/** The answer as it stands in the conversation. What was cut or cannot be named was never said. */
function assistantMessage(turn: Turn): AssistantMessage {
  const { content, reasoning, reasoningSignature, calls } = turn;
  return {
    role: 'assistant',
    content,
    ...(reasoning !== '' && { reasoning }),
    ...(reasoningSignature !== undefined && { reasoningSignature }),
    ...(calls.length > 0 && {
      toolCalls: calls.map((call) => ({ id: call.id, name: call.name, arguments: call.arguments })),
    }),
  };
}
