import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Note } from '../../src/core/index.ts';
import { modelStream } from '../../src/core/index.ts';
import { scripted } from '../../src/replay/index.ts';
import { ASK, directory, errorOf, keyOf, kimi, post, rawConnection, readToEnd, running } from './fixtures.ts';

test('base URLs with /v1, without it and with it twice all lead there, with any query', async () => {
  const { models } = kimi(['Hi']);
  const { url } = await running({ models });
  for (const path of [
    '/v1/chat/completions',
    '/chat/completions',
    '/v1/v1/chat/completions',
    '/v1/chat/completions/',
    '//v1/chat/completions',
    '/v1//chat/completions',
    '/openai/v1/chat/completions',
    '/openai/chat/completions',
    '/v1/openai/v1/chat/completions',
  ]) {
    expect((await post(`${url}${path}?beta=true`, ASK)).status, path).toBe(200);
  }
  // As with Moonshot, whose base URL a user may have put this one's in the place of.
  const asked = { ...ASK, max_tokens: 100 };
  expect((await post(`${url}/anthropic/v1/messages?beta=true`, asked)).status).toBe(200);
  expect((await post(`${url}/anthropic/openai/v1/messages`, asked)).status).toBe(404);
});

test('each client finds the id of its request where its SDK looks for it', async () => {
  const { models } = kimi(['Hi']);
  const { url } = await running({ models });
  const asked = { ...ASK, max_tokens: 100, input: 'Hi' };
  for (const stream of [true, false]) {
    for (const path of ['/v1/chat/completions', '/v1/responses', '/v1/messages']) {
      const { headers } = await post(url + path, { ...asked, stream });
      expect(headers.get('x-request-id'), path).toMatch(/^req_/);
      expect(headers.get('request-id'), path).toBe(
        path.endsWith('messages') ? headers.get('x-request-id') : null,
      );
    }
  }
});

test('an unknown path and a wrong method say what there is', async () => {
  const { models } = kimi(['Hi']);
  const { url } = await running({ models });
  const unknown = await post(`${url}/v1/embeddings`, {});
  expect(unknown.status).toBe(404);
  expect((await errorOf(unknown))['message']).toMatch(
    /There is no POST \/v1\/embeddings\..*POST \/v1\/chat\/completions/,
  );
  const wrong = await fetch(`${url}/v1/chat/completions`);
  expect(wrong.status).toBe(405);
  expect(wrong.headers.get('allow')).toBe('POST');
  expect(await errorOf(wrong)).toMatchObject({
    message: expect.stringMatching(/takes POST, not GET/),
    type: 'invalid_request_error',
  });
});

test('a request that is written as to a proxy finds its route', async () => {
  const { port } = await running({ models: kimi(['Hi']).models });
  const socket = await rawConnection(port);
  socket.write('GET http://gateway.test/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  expect(await readToEnd(socket)).toMatch(/^HTTP\/1.1 200 /);
});

test('models are listed in both shapes, found by names with slashes, and HEAD asks without a body', async () => {
  const model = { ...scripted(['x']), contextWindow: 262_144 };
  const { url } = await running({
    models: directory({ name: 'moonshotai/Kimi-K2.6', model, maxOutput: 32_768, inputs: ['text', 'image'] }),
  });
  const openai = (await (await fetch(`${url}/v1/models`)).json()) as { data: unknown[] };
  expect(openai.data).toMatchObject([
    { id: 'moonshotai/Kimi-K2.6', object: 'model', context_length: 262_144, supports_image_in: true },
  ]);
  const headers = { 'anthropic-version': '2023-06-01' };
  expect(await (await fetch(`${url}/v1/models`, { headers })).json()).toMatchObject({
    data: [{ type: 'model', id: 'moonshotai/Kimi-K2.6', max_tokens: 32_768 }],
    has_more: false,
  });
  for (const name of ['moonshotai/Kimi-K2.6', 'moonshotai%2FKimi-K2.6']) {
    expect((await fetch(`${url}/v1/models/${name}`)).status).toBe(200);
  }
  expect((await fetch(`${url}/v1/models/%zz`)).status).toBe(400);
  expect((await fetch(`${url}/v1/models/other`)).status).toBe(404);
  for (const path of ['/', '/api/hello', '/v1/models']) {
    const head = await fetch(url + path, { method: 'HEAD' });
    expect([head.status, await head.text()], path).toEqual([200, '']);
  }
});

test('a list of models is refused in the shape of the client that asks', async () => {
  const { models } = kimi(['Hi']);
  const { url } = await running({ models, keys: [keyOf('a-key')] });
  const anthropic = { 'anthropic-version': '2023-06-01' };
  const asked = [
    { path: '/v1/models', key: 'wrong', status: 401, type: 'authentication_error' },
    { path: '/v1/models/other', key: 'a-key', status: 404, type: 'not_found_error' },
    { path: '/v1/models?limit=0', key: 'a-key', status: 400, type: 'invalid_request_error' },
  ];
  for (const { path, key, status, type } of asked) {
    const reply = await fetch(url + path, { headers: { ...anthropic, 'x-api-key': key } });
    expect([reply.status, reply.headers.get('request-id')], path).toEqual([
      status,
      expect.stringMatching(/^req_/),
    ]);
    expect(await reply.json()).toMatchObject({ type: 'error', error: { type } });
  }
  const openai = await fetch(`${url}/v1/models/other`, { headers: { 'x-api-key': 'a-key' } });
  expect(await openai.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
});

test('only what is an id is a response, whatever the method', async () => {
  const { url } = await running({ models: kimi(['Hi']).models });
  for (const path of ['/v1/responses/compact', '/v1/responses/input_tokens']) {
    const reply = await fetch(url + path);
    expect([reply.status, reply.headers.get('allow')], path).toEqual([405, 'POST']);
  }
  expect((await post(`${url}/v1/responses/other/cancel`, {})).status).toBe(404);
  const wrong = await post(`${url}/v1/responses/resp_1`, {});
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, DELETE']);
  expect((await fetch(`${url}/v1/responses/resp_1`)).status).toBe(404);
});

test('who asks over WebSocket is told at once to use HTTP: Codex tries again for seconds after another status', async () => {
  const { url } = await running({ models: kimi(['Hi']).models });
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const [reply] = (await once(get(`${url}/v1/responses`, { headers }), 'response')) as [IncomingMessage];
  expect(reply.statusCode).toBe(426);
  expect(await json(reply)).toMatchObject({
    error: { message: '/v1/responses is not served over WebSocket. Send it as POST over HTTP.' },
  });
});

test('readiness asks the models', async () => {
  let ready = true;
  const { url } = await running({
    models: directory({ name: 'kimi', model: scripted(['x']), ready: () => ready }),
  });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  ready = false;
  const reply = await fetch(`${url}/readyz`);
  expect(reply.status).toBe(503);
  expect(await reply.json()).toMatchObject({ models: [{ name: 'kimi', ready: false }] });
});

test('what was done before the first event stands in headers that are safe, the rest in the log', async () => {
  const notes: Note[] = [
    { stage: 'ids', action: 'renumbered', text: 'two ids' },
    { stage: 'ids', action: 'renumbered', text: 'one id' },
    { stage: 'fields', action: 'ignored', text: 'the field "x\r\nset-cookie: a=b" é' },
    {
      stage: 'route',
      action: 'served',
      text: 'by the first',
      upstream: 'moonshot',
      prices: { input: 1e6, cachedInput: 0, output: 0 },
    },
  ];
  const model = scripted([{ text: 'Hi', usage: { inputTokens: 2, cachedInputTokens: 0, outputTokens: 1 } }], {
    onExhausted: 'repeat-last',
  });
  const noting = {
    ...model,
    stream: (...[request, options = {}]: Parameters<typeof model.stream>) =>
      modelStream(async function* () {
        for (const note of notes) options.onNote?.(note);
        yield* model.stream(request, options).batches();
      }),
  };
  const { baseURL, gateway, logged } = await running({ models: directory({ name: 'kimi', model: noting }) });
  for (const stream of [true, false]) {
    const reply = await post(`${baseURL}/chat/completions`, { ...ASK, stream });
    await reply.text();
    expect(reply.headers.get('x-perigee-upstream')).toBe('moonshot');
    expect(reply.headers.get('x-perigee-conform')).toBe('ids:renumbered, fields:ignored');
    expect(reply.headers.get('x-perigee-warning')).toBe('the field "x??set-cookie: a=b" ?');
    expect(reply.headers.get('x-request-id')).toMatch(/^req_[0-9a-z]{24}$/);
  }
  expect((await logged(2))[1]).toMatchObject({
    upstream: 'moonshot',
    cost: 2,
    notes: { 'ids:renumbered': 2, 'fields:ignored': 1, 'route:served': 1 },
  });
  const metrics = await gateway.metrics();
  expect(metrics).toContain(
    'perigee_notes_total{route="/v1/chat/completions",model="kimi",upstream="moonshot",note="ids:renumbered"} 4',
  );
  expect(metrics).toContain(
    'perigee_tokens_total{route="/v1/chat/completions",model="kimi",upstream="moonshot",kind="input"} 4',
  );
  expect(metrics).toContain(
    'perigee_overhead_seconds_count{route="/v1/chat/completions",model="kimi",upstream="moonshot"} 2',
  );
});

test('ids of requests never repeat', async () => {
  const { models } = kimi(['Hi']);
  const { baseURL } = await running({ models });
  const ids = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const reply = await post(`${baseURL}/chat/completions`, ASK);
      return ((await reply.json()) as { id: string }).id;
    }),
  );
  expect(new Set(ids).size).toBe(50);
});
