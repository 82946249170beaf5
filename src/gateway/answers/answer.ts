import type { ModelRequest } from '../../core/index.ts';
import type { ClientRequest, EncodeOptions } from '../../protocols/index.ts';
import { headerOf } from '../edges/arrival.ts';
import type { Exchange } from '../exchange.ts';
import { admitted } from '../keys/admission.ts';
import { mostCost } from '../keys/most-cost.ts';
import type { ServedFront } from '../routes/fronts.ts';
import type { SharedStores } from '../stores/shared-stores.ts';
import { answerStream } from './answer-stream.ts';
import { answerWhole } from './answer-whole.ts';
import { takeController } from './cancellation.ts';
import { chooseModel } from './choose-model.ts';
import type { Question } from './question.ts';
import { answerRaw } from './raw.ts';
import { refuse } from './refuse.ts';

/** Answers a request whose body has come. */
export function answer(exchange: Exchange, place: ServedFront, body: Uint8Array): void {
  const received = performance.now();
  if (headerOf(exchange.arrival.headers, 'x-tool-mode')?.trim().toLowerCase() === 'raw') {
    answerRaw(exchange, place, body);
    return;
  }
  const { runtime, tenant } = exchange;
  const json = runtime.bodies.parse(`${place.path} ${tenant}`, place.history, body);
  if (runtime.shared) {
    void answerShared(exchange, place, json, runtime.shared, received);
    return;
  }
  begin(exchange, ask(exchange, place, decode(exchange, place, json)), received);
}

/** With what other replicas know. Never rejects. */
async function answerShared(
  exchange: Exchange,
  place: ServedFront,
  json: unknown,
  shared: SharedStores,
  received: number,
): Promise<void> {
  const { tenant } = exchange;
  let waited = 0;
  const waiting = async (load: Promise<void>) => {
    const from = performance.now();
    await load;
    waited += performance.now() - from;
  };
  try {
    const names = place.storedNames?.(json);
    if (names) await waiting(shared.responses.load(tenant, names));
    const client = decode(exchange, place, json);
    const lacking = shared.reasoning.lacking(tenant, client.request);
    if (lacking.length > 0) await waiting(shared.reasoning.load(tenant, lacking, exchange.tell));
    // The client may have left meanwhile.
    if (!exchange.ended) begin(exchange, ask(exchange, place, client), received + waited);
  } catch (error) {
    if (!exchange.ended) refuse(exchange, error);
  }
}

function begin(exchange: Exchange, question: Question, received: number): void {
  exchange.ownMs += performance.now() - received;
  const { served, request, client } = question;
  admitted(
    exchange,
    () => mostCost(served, request),
    () => {
      exchange.asked = request;
      exchange.span = exchange.runtime.tracing.start(exchange, request);
      if (client.stream) answerStream(exchange, question);
      else answerWhole(exchange, question);
    },
  );
}

function decode(exchange: Exchange, { front }: ServedFront, json: unknown): ClientRequest<unknown> {
  const { runtime, snapshot, tenant } = exchange;
  const client = front.decodeRequest(json, runtime.decodeOptions(snapshot, tenant));
  exchange.stream = client.stream;
  for (const note of client.notes ?? []) exchange.tell(note);
  return client;
}

function ask(exchange: Exchange, place: ServedFront, client: ClientRequest<unknown>): Question {
  const { runtime, snapshot, tenant } = exchange;
  const { front } = place;
  const served = chooseModel(exchange, client.model);
  const request = runtime.memory.restore(tenant, client.request, exchange.tell);
  const options: EncodeOptions<unknown> = {
    id: exchange.id,
    model: client.model,
    created: Math.floor(Date.now() / 1000),
    reply: client.reply,
    seal: runtime.sealOf(snapshot, tenant).seal,
  };
  const keep = keeperOf(exchange, place, request, options);
  return { front, client, served, request, options, keep, controller: takeController() };
}

/** What is remembered of an answer once it is there. */
function keeperOf(
  { runtime, tenant }: Exchange,
  { wantsStored, store, carriesReasoning }: ServedFront,
  request: ModelRequest,
  options: EncodeOptions<unknown>,
): Question['keep'] {
  const { memory, responses, shared } = runtime;
  const stored = wantsStored?.(options.reply) === true ? store : undefined;
  if (!shared) {
    return (turn) => {
      memory.keep(tenant, request, turn);
      if (stored) responses.put(tenant, stored(turn, options));
      return undefined;
    };
  }
  return (turn) => {
    const names = memory.keep(tenant, request, turn);
    const carried = carriesReasoning?.(options.reply) === true;
    const reasoning = carried ? undefined : shared.reasoning.put(tenant, names, turn);
    const response = stored && shared.responses.put(tenant, stored(turn, options));
    return reasoning && response ? Promise.all([reasoning, response]) : (reasoning ?? response);
  };
}
