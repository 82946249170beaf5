import type { ModelRequest } from '../../core/index.ts';
import type { EncodeOptions } from '../../protocols/index.ts';
import { headerOf } from '../edges/arrival.ts';
import type { Exchange } from '../exchange.ts';
import type { ServedFront } from '../routes/fronts.ts';
import { answerStream } from './answer-stream.ts';
import { answerWhole } from './answer-whole.ts';
import { takeController } from './cancellation.ts';
import { chooseModel } from './choose-model.ts';
import type { Question } from './question.ts';
import { answerRaw } from './raw.ts';

/** Answers a request whose body has come. */
export function answer(exchange: Exchange, place: ServedFront, body: Uint8Array): void {
  const received = performance.now();
  if (headerOf(exchange.arrival.headers, 'x-tool-mode')?.trim().toLowerCase() === 'raw') {
    answerRaw(exchange, place, body);
    return;
  }
  const { runtime, tenant } = exchange;
  const json = runtime.bodies.parse(`${place.path} ${tenant}`, place.history, body);
  const question = ask(exchange, place, json);
  exchange.ownMs += performance.now() - received;
  if (question.client.stream) answerStream(exchange, question);
  else void answerWhole(exchange, question);
}

function ask(exchange: Exchange, place: ServedFront, json: unknown): Question {
  const { runtime, snapshot, tenant } = exchange;
  const { front } = place;
  const client = front.decodeRequest(json, runtime.decodeOptions(snapshot, tenant));
  exchange.stream = client.stream;
  for (const note of client.notes ?? []) exchange.tell(note);
  const served = chooseModel(exchange, client.model);
  const request = runtime.memory.restore(tenant, client.request, exchange.tell);
  const options: EncodeOptions<unknown> = {
    id: exchange.id,
    model: client.model,
    created: Math.floor(Date.now() / 1000),
    reply: client.reply,
    seal: runtime.sealOf(snapshot, tenant).seal,
  };
  exchange.asked = request;
  exchange.span = runtime.tracing.start(exchange, request);
  const keep = keeperOf(exchange, place, request, options);
  return { front, client, served, request, options, keep, controller: takeController() };
}

/** What is remembered of an answer once it is there. */
function keeperOf(
  { runtime, tenant }: Exchange,
  { wantsStored, store }: ServedFront,
  request: ModelRequest,
  options: EncodeOptions<unknown>,
): Question['keep'] {
  const stored = wantsStored?.(options.reply) === true ? store : undefined;
  return (turn) => {
    runtime.memory.keep(tenant, request, turn);
    if (stored) runtime.responses.put(tenant, stored(turn, options));
  };
}
