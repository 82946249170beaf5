import { isUtf8 } from 'node:buffer';
import { isJsonObject, PerigeeError } from '../../core/index.ts';
import { parseBody } from '../bodies/body-json.ts';
import type { Exchange } from '../exchange.ts';
import { admitted } from '../keys/admission.ts';
import { mostRawCost } from '../keys/most-cost.ts';
import type { RawUpstream } from '../options.ts';
import type { ServedFront } from '../routes/fronts.ts';
import { chooseModel } from './choose-model.ts';
import { RawUsage } from './raw-usage.ts';
import { refuse } from './refuse.ts';
import { replaceModel } from './replace-model.ts';

/** Headers of the host that a client may need; others speak of a connection that is not the client's. */
const PASSED = ['content-type', 'retry-after', 'x-should-retry', 'cache-control'];

/**
 * `X-Tool-Mode: raw`: the body goes out byte for byte, but for the model's name where the host calls it otherwise, and the
 * answer comes back byte for byte.
 */
export function answerRaw(exchange: Exchange, { front }: ServedFront, body: Uint8Array): void {
  if (!isUtf8(body)) {
    throw new PerigeeError('invalid-request', 'The body is not UTF-8.', {
      remedy: 'Encode the request as UTF-8.',
      status: 400,
    });
  }
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const json = parseBody(text.startsWith('\ufeff') ? text.slice(1) : text);
  const model = isJsonObject(json) ? json['model'] : undefined;
  if (typeof model !== 'string' || model === '') {
    throw new PerigeeError('invalid-request', 'model is missing.', {
      remedy: 'Name one of GET /v1/models.',
      param: 'model',
      status: 400,
    });
  }
  const served = chooseModel(exchange, model);
  const { raw } = served;
  if (raw === undefined || raw.protocol !== front.protocol) {
    throw new PerigeeError(
      'gateway-unsupported',
      raw === undefined
        ? `The model ${served.name} takes no raw requests.`
        : `The model ${served.name} takes raw requests in the protocol ${raw.protocol}, not in ${front.protocol}.`,
      { remedy: 'Leave the header X-Tool-Mode out.', status: 400 },
    );
  }
  exchange.stream = isJsonObject(json) && json['stream'] === true;
  admitted(
    exchange,
    () => mostRawCost(served, text, json),
    () => void pass(exchange, raw, model === raw.modelId ? text : replaceModel(text, raw.modelId)),
  );
}

async function pass(exchange: Exchange, raw: RawUpstream, body: string): Promise<void> {
  const { sink } = exchange.arrival;
  const controller = new AbortController();
  sink.onClose = () => controller.abort();
  if (sink.closed) controller.abort();
  const usage = new RawUsage();
  let begun = false;
  let isAnswer = false;
  const isAsked = !sink.closed;
  const count = () => {
    exchange.usage = usage.read();
    if (exchange.usage !== undefined || !isAnswer) return;
    exchange.usageIsEstimated = true;
    exchange.usage = usage.estimate(body.length);
  };
  try {
    const answer = await raw.send(body, controller.signal);
    const { upstream } = raw;
    if (upstream !== undefined) {
      exchange.tell({ stage: 'route', action: 'served', text: `${upstream} answers`, upstream });
    }
    isAnswer = answer.status < 300;
    const headers = exchange.idHeaders();
    for (const name of PASSED) {
      const value = answer.headers[name];
      if (value !== undefined) headers.push(name, value);
    }
    sink.begin(answer.status, headers, '');
    begun = true;
    for await (const bytes of answer.body) {
      if (sink.closed) break;
      exchange.firstEventAt ??= performance.now();
      usage.push(bytes);
      if (!sink.write(bytes)) await drained(exchange);
    }
    count();
    if (!sink.closed) sink.end('');
    exchange.end(sink.closed ? 499 : answer.status);
  } catch (error) {
    if (!begun) {
      // Whoever leaves before the host said anything has asked it all the same.
      isAnswer = isAsked && sink.closed;
      count();
      refuse(exchange, error);
      return;
    }
    count();
    // Nothing of ours belongs between bytes of the host: a connection that breaks says enough.
    exchange.error = error instanceof PerigeeError ? error.code : 'server-error';
    const gone = sink.closed;
    sink.abort();
    exchange.end(gone ? 499 : 502);
  }
}

function drained({ arrival: { sink } }: Exchange): Promise<void> {
  if (sink.closed) return Promise.resolve();
  return new Promise((resolve) => {
    sink.onDrain = () => {
      sink.onDrain = undefined;
      resolve();
    };
  });
}
