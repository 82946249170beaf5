import fc from 'fast-check';
import { expect, test } from 'vitest';
import { abortedError } from '../../src/core/index.ts';
import type { RawAnswer, RawUpstream, ServedModel } from '../../src/gateway/index.ts';
import { mostRawCost } from '../../src/gateway/keys/most-cost.ts';
import { scripted } from '../../src/replay/index.ts';
import { directory, errorOf, keyOf, post, running } from './fixtures.ts';

const RAW = { 'x-tool-mode': 'raw' };

/** A model with a way past everything, which notes what was sent. */
function rawModel(answer: Partial<RawAnswer> & { pieces?: readonly string[] } = {}) {
  const sent: string[] = [];
  const pieces = answer.pieces ?? ['{"ok":true}'];
  const raw: RawUpstream = {
    protocol: 'openai-chat',
    modelId: 'host/kimi-k2',
    async send(body) {
      sent.push(body);
      return {
        status: answer.status ?? 200,
        headers: answer.headers ?? { 'content-type': 'application/json', 'set-cookie': 'a=b' },
        body: (async function* () {
          for (const piece of pieces) yield Buffer.from(piece);
        })(),
      };
    },
  };
  const served: ServedModel = { name: 'kimi', model: scripted(['never']), raw };
  return { sent, served };
}

test('nothing of the body changes but the name of the model, nothing of the answer at all', async () => {
  const pieces = ['data: {"weird" :  1e400}\n', '\ndata: <|tool_call_begin|>\n\n'];
  const { sent, served } = rawModel({ pieces, headers: { 'content-type': 'text/event-stream' } });
  const { baseURL } = await running({ models: directory(served) });
  const body =
    '{ "stream":true,\n"model" :\t"kimi" , "n": 1.0,"messages": [{"model":"kimi","content":"\\u00e9 é"}] }';
  const reply = await post(`${baseURL}/chat/completions`, body, RAW);
  expect(sent).toEqual([body.replace('"kimi"', '"host/kimi-k2"')]);
  expect(reply.headers.get('content-type')).toBe('text/event-stream');
  expect(reply.headers.get('set-cookie')).toBeNull();
  expect(await reply.text()).toBe(pieces.join(''));
});

test('for any JSON, with its name of the model anywhere, the rest stays as it was', async () => {
  const { sent, served } = rawModel();
  const { gateway } = await running({ models: directory(served) });
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), async (fields, space) => {
      const { model: _, ...rest } = fields;
      const value = { ...rest, 'a"model': ['model', { model: 'kimi' }], model: 'kimi', last: space };
      const body = JSON.stringify(value, null, 1);
      sent.length = 0;
      await gateway.fetch('http://x/v1/chat/completions', { method: 'POST', headers: RAW, body });
      expect(sent).toEqual([JSON.stringify({ ...value, model: 'host/kimi-k2' }, null, 1)]);
    }),
    { numRuns: 200 },
  );
});

test("the host's refusal is an answer, and its usage is counted for the key", async () => {
  const { served } = rawModel({ pieces: ['{"usage":{"prompt_tokens":', '7,"completion_tokens":5}}'] });
  const { baseURL, logged } = await running({
    models: directory(served),
    keys: [keyOf('k', { tokensPerMinute: 12 })],
  });
  const headers = { ...RAW, authorization: 'Bearer k' };
  expect((await post(`${baseURL}/chat/completions`, { model: 'kimi' }, headers)).status).toBe(200);
  expect((await logged(1))[0]).toMatchObject({ usage: { inputTokens: 7, outputTokens: 5 } });
  expect((await post(`${baseURL}/chat/completions`, { model: 'kimi' }, headers)).status).toBe(429);
  const refusing = rawModel({ status: 422, pieces: ['{"detail":"no"}'] });
  const other = await running({ models: directory(refusing.served) });
  const refused = await post(`${other.baseURL}/chat/completions`, { model: 'kimi' }, RAW);
  expect([refused.status, await refused.text()]).toEqual([422, '{"detail":"no"}']);
});

test.each([
  ['it does not tell', []],
  ['it tells zeros', ['data: {"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0}}\n\n']],
])('what a raw answer took is estimated where %s, and costs what the model costs', async (_, last) => {
  const piece = 'data: {"choices":[{"delta":{"content":"x"}}]}\n\n';
  const pieces = [...Array.from({ length: 30 - last.length }, () => piece), ...last];
  const { served } = rawModel({ pieces });
  const prices = { input: 1e6, cachedInput: 1e6, output: 1e6 };
  const models = directory({
    ...served,
    model: { ...served.model, prices },
    raw: { ...served.raw!, upstream: 'first' },
  });
  const { baseURL, logged } = await running({ models });
  const body = JSON.stringify({ model: 'kimi', stream: true, messages: 'x'.repeat(200) });
  await (await post(`${baseURL}/chat/completions`, body, RAW)).text();
  const [entry] = await logged(1);
  expect(entry).toMatchObject({ upstream: 'first', estimated: true, usage: { outputTokens: 30 } });
  expect(entry!.usage!.inputTokens).toBeGreaterThan(50);
  expect(entry!.cost).toBe(entry!.usage!.inputTokens + 30);
});

test('a raw request may cost as much as the largest limit in it allows, for each of its answers', async () => {
  const { served } = rawModel();
  const priced = { ...served, mostPrices: { input: 0, cachedInput: 0, output: 1e6 } };
  const most = (fields: object) => mostRawCost(priced, JSON.stringify(fields), fields);
  expect(most({ max_tokens: 3 })).toBe(3);
  expect(most({ max_tokens: 1, max_completion_tokens: 9 })).toBe(9);
  expect(most({ max_tokens: 3, n: 5 })).toBe(15);
  expect(most({ max_tokens: 3, n: 0, best_of: 4 })).toBe(12);
  expect(most({ max_tokens: 3, n: '5' })).toBe(3);
});

test('a model without a raw way, or with one of another protocol, says so', async () => {
  const { served } = rawModel();
  const { baseURL } = await running({
    models: directory(
      { name: 'kimi', model: scripted(['x']) },
      { ...served, name: 'other', raw: { ...served.raw!, protocol: 'anthropic-messages' } },
    ),
  });
  for (const model of ['kimi', 'other']) {
    const reply = await post(`${baseURL}/chat/completions`, { model }, RAW);
    expect(reply.status).toBe(400);
    expect(await errorOf(reply)).toMatchObject({ code: 'gateway-unsupported' });
  }
});

test('bytes that are no UTF-8 are refused, not replaced', async () => {
  const { sent, served } = rawModel();
  const { baseURL } = await running({ models: directory(served) });
  const body = Buffer.concat([Buffer.from('{"model":"kimi","x":"'), Buffer.from([0xff]), Buffer.from('"}')]);
  const reply = await fetch(`${baseURL}/chat/completions`, { method: 'POST', headers: RAW, body });
  expect(reply.status).toBe(400);
  expect(sent).toEqual([]);
});

test('who leaves before the host says anything pays for what was asked', async () => {
  let asked = () => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const raw: RawUpstream = {
    protocol: 'openai-chat',
    modelId: 'kimi',
    send(_, signal) {
      asked();
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(abortedError(signal)));
      });
    },
  };
  const models = directory({ name: 'kimi', model: scripted(['never']), raw });
  const { baseURL, logged } = await running({ models, keys: [keyOf('k')] });
  const leaving = new AbortController();
  const body = { model: 'kimi', messages: [{ role: 'user', content: 'x'.repeat(4000) }] };
  const headers = { ...RAW, authorization: 'Bearer k' };
  const reply = post(`${baseURL}/chat/completions`, body, headers, { signal: leaving.signal });
  reply.catch(() => {});
  await isAsked;
  leaving.abort();
  const [entry] = await logged(1);
  expect(entry).toMatchObject({ status: 499, estimated: true, usage: { outputTokens: 0 } });
  expect(entry!.usage!.inputTokens).toBeGreaterThan(900);
});
