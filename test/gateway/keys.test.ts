import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type Model, nanoDollars, PerigeeError, type Settlement } from '../../src/core/index.ts';
import { createGateway, localAccounts } from '../../src/gateway/index.ts';
import { scripted } from '../../src/replay/index.ts';
import { ASK, directory, errorOf, generating, keyOf, kimi, post, running, USAGE } from './fixtures.ts';

const PATH = '/chat/completions';
const PRICES = { input: 10_000, cachedInput: 1000, output: 20_000 };

/** Answers cost 0.6 + 0.04 + 0.4 dollars. */
function priced() {
  const model = scripted([{ text: 'Hi', usage: USAGE }], { onExhausted: 'repeat-last' });
  return directory({ name: 'kimi', model: { ...model, prices: PRICES } });
}

function bearer(key: string) {
  return { authorization: `Bearer ${key}` };
}

test('a key is taken as bearer token, as x-api-key and as api-key', async () => {
  const { models } = kimi(['Hi']);
  const { baseURL } = await running({ models, keys: [keyOf('one'), keyOf('two')] });
  for (const headers of [
    bearer('two'),
    { authorization: 'bearer  one' },
    { 'x-api-key': 'two' },
    { 'api-key': 'one' },
  ]) {
    expect((await post(baseURL + PATH, ASK, headers as Record<string, string>)).status).toBe(200);
  }
});

test('without a key and with a wrong one it is 401, and the wrong one is nowhere to be read', async () => {
  const { model, models } = kimi(['Hi']);
  const { baseURL, gateway, logged } = await running({ models, keys: [keyOf('right')] });
  const none = await post(baseURL + PATH, ASK);
  expect(none.status).toBe(401);
  expect(await errorOf(none)).toMatchObject({
    message:
      'The request carries no key. Send the gateway key as "Authorization: Bearer KEY" or "x-api-key: KEY".',
    type: 'authentication_error',
    code: 'invalid_api_key',
  });
  const wrong = await post(baseURL + PATH, ASK, bearer('sk-wrong-one'));
  expect(wrong.status).toBe(401);
  expect(await wrong.text()).not.toContain('sk-wrong');
  expect(JSON.stringify(await logged(2))).not.toContain('sk-wrong');
  expect(await gateway.metrics()).not.toContain('sk-wrong');
  expect(model.requests).toHaveLength(0);
});

test('health and metrics want no key, models do', async () => {
  const { models } = kimi(['Hi']);
  const { url } = await running({ models, keys: [keyOf('right')] });
  for (const path of ['/healthz', '/readyz', '/metrics', '/api/hello', '/']) {
    expect((await fetch(url + path)).status, path).toBe(200);
  }
  expect((await fetch(`${url}/v1/models`)).status).toBe(401);
});

test('a key sees and uses its own models only', async () => {
  const [a, b] = [scripted(['A'], { onExhausted: 'repeat-last' }), scripted(['B'])];
  const { baseURL } = await running({
    models: directory({ name: 'a', model: a }, { name: 'b', model: b }),
    keys: [keyOf('k', { models: ['a'] })],
  });
  const listed = await fetch(`${baseURL}/models`, { headers: bearer('k') });
  expect(((await listed.json()) as { data: unknown[] }).data).toMatchObject([{ id: 'a' }]);
  expect((await post(baseURL + PATH, { ...ASK, model: 'a' }, bearer('k'))).status).toBe(200);
  const refused = await post(baseURL + PATH, { ...ASK, model: 'b' }, bearer('k'));
  expect(refused.status).toBe(403);
  expect(await errorOf(refused)).toMatchObject({
    message: 'The key id-of-k may not use the model "b". It may use a.',
    code: 'gateway-forbidden',
    param: 'model',
  });
  expect(b.requests).toHaveLength(0);
});

test('exactly so many requests a minute are taken, also of many at once, and the next is told when', async () => {
  const { models } = kimi(['Hi']);
  const { baseURL } = await running({ models, keys: [keyOf('k', { requestsPerMinute: 5 }), keyOf('other')] });
  const replies = await Promise.all(Array.from({ length: 12 }, () => post(baseURL + PATH, ASK, bearer('k'))));
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(5);
  const refused = replies.find(({ status }) => status === 429)!;
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
  expect(await errorOf(refused)).toMatchObject({
    message: expect.stringContaining('The key id-of-k used up its 5 requests per minute.'),
    code: 'rate_limit_exceeded',
  });
  expect((await post(baseURL + PATH, ASK, bearer('other'))).status).toBe(200);
});

test('tokens count as the upstream counts them', async () => {
  const { baseURL } = await running({ models: priced(), keys: [keyOf('k', { tokensPerMinute: 240 })] });
  const statuses: number[] = [];
  for (let i = 0; i < 3; i++) statuses.push((await post(baseURL + PATH, ASK, bearer('k'))).status);
  expect(statuses).toEqual([200, 200, 429]);
});

test('whoever hangs up before the upstream has counted pays about what came, streamed or whole', async () => {
  for (const stream of [true, false]) {
    let come = () => {};
    const came = new Promise<void>((resolve) => {
      come = resolve;
    });
    const model: Model = {
      ...generating(async function* (_, signal) {
        yield [{ type: 'text-delta', delta: 'x'.repeat(4000) }];
        come();
        await once(signal, 'abort');
        throw new PerigeeError('aborted', 'cancelled');
      }),
      prices: PRICES,
    };
    const keys = [keyOf('k', { tokensPerMinute: 900 })];
    const { baseURL, logged } = await running({ models: directory({ name: 'kimi', model }), keys });
    const content = 'word '.repeat(800);
    const ask = { model: 'kimi', messages: [{ role: 'user', content }], stream };
    const hangUp = new AbortController();
    const reply = post(baseURL + PATH, ask, bearer('k'), { signal: hangUp.signal });
    reply.catch(() => {});
    await came;
    hangUp.abort();
    const [entry] = await logged(1);
    expect(entry).toMatchObject({ status: 499, estimated: true, cost: expect.any(Number) });
    expect(entry!.usage!.inputTokens).toBeGreaterThan(900);
    expect(entry!.usage!.outputTokens).toBe(1000);
    expect((await post(baseURL + PATH, ask, bearer('k'))).status).toBe(429);
  }
});

test('an answer without usage counts as estimated, a failed request as nothing', async () => {
  const model = generating(async function* ({ messages }) {
    if (messages.length > 1) throw new PerigeeError('bad-request', 'no');
    yield [
      { type: 'text-delta', delta: 'x'.repeat(400) },
      { type: 'finish', reason: 'stop' },
    ];
  });
  const { baseURL, logged } = await running({ models: directory({ name: 'kimi', model }) });
  await post(baseURL + PATH, ASK);
  await post(baseURL + PATH, { ...ASK, messages: [...ASK.messages, ...ASK.messages] });
  const [told, failed] = await logged(2);
  expect(told).toMatchObject({ estimated: true, usage: { outputTokens: 100 } });
  expect(failed).not.toHaveProperty('usage');
});

test('a budget is spent at the prices of the model, outlives new options and is kept where one wants', async () => {
  const written: Settlement[] = [];
  const accounts = localAccounts({
    keepsKeys: false,
    find: () => undefined,
    spent: () => written.reduce((sum, { cost = 0 }) => sum + nanoDollars(cost), 0),
    settle: (settlement) => void written.push(settlement),
    close: () => {},
  });
  const options = { models: priced(), keys: [keyOf('k', { monthlyBudget: 2 })], accounts };
  const { baseURL, gateway, logged } = await running(options);
  for (const expected of [200, 200]) {
    expect((await post(baseURL + PATH, { ...ASK, stream: true }, bearer('k'))).status).toBe(expected);
  }
  gateway.update(options);
  const refused = await post(baseURL + PATH, ASK, bearer('k'));
  expect(refused.status).toBe(429);
  expect(refused.headers.get('x-should-retry')).toBe('false');
  expect(await errorOf(refused)).toMatchObject({ code: 'insufficient_quota' });
  expect(written.map(({ key, cost }) => [key.id, cost])).toEqual([
    ['id-of-k', expect.closeTo(1.04)],
    ['id-of-k', expect.closeTo(1.04)],
  ]);
  expect((await logged(2))[0]).toMatchObject({ key: 'id-of-k', cost: expect.closeTo(1.04), usage: USAGE });
});

test('keys that cannot be kept are refused at once', () => {
  const { models } = kimi(['Hi']);
  for (const keys of [[{ id: 'a', hash: 'plain-key' }], [keyOf('x', { id: 'a' }), keyOf('y', { id: 'a' })]]) {
    expect(() => createGateway({ models, keys })).toThrow(PerigeeError);
  }
});

test('an address that others reach is not opened without a key', async () => {
  const { models } = kimi(['Hi']);
  const gateway = createGateway({ models });
  for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
    await expect(gateway.listen({ host, port: 0 })).rejects.toMatchObject({
      code: 'invalid-options',
      remedy: expect.stringContaining('--key'),
    });
  }
});

test('an address of IPv6 may stand in brackets, as in a URL', async () => {
  const gateway = createGateway({ models: kimi(['Hi']).models });
  const { url, port } = await gateway.listen({ host: '[::1]', port: 0 });
  expect(url).toBe(`http://[::1]:${port}`);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  await gateway.drain();
});

test('without a key pages of other sites are refused, with one they may ask', async () => {
  const { models } = kimi(['Hi']);
  const open = await running({ models });
  const status = async (headers: Record<string, string>) =>
    (
      await open.gateway.fetch(`${open.baseURL}${PATH}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(ASK),
      })
    ).status;
  expect(await status({ origin: 'https://evil.example' })).toBe(403);
  expect(await status({ origin: 'http://localhost.evil.example:8787' })).toBe(403);
  expect(await status({ origin: 'null' })).toBe(403);
  expect(await status({ origin: 'http://localhost:3000' })).toBe(200);
  expect(await status({ origin: 'http://[::1]:3000' })).toBe(200);
  expect(await status({ origin: 'app://obsidian.md' })).toBe(200);
  const keyed = createGateway({ models, keys: [keyOf('k')] });
  const asked = await keyed.fetch('http://x/v1/models', {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-headers': 'authorization, x-stainless-os',
    },
  });
  expect(asked.status).toBe(204);
  expect(asked.headers.get('access-control-allow-origin')).toBe('*');
  expect(asked.headers.get('access-control-allow-headers')).toBe('authorization, x-stainless-os');
});

test('a clock that is set back by an hour does not make a minute of an hour', () => {
  const accounts = localAccounts();
  const key = keyOf('k', { requestsPerMinute: 1 });
  const admitAt = (now: number, request: string) =>
    accounts.admit({ request, key, kept: false, most: 0, now });
  const noon = Date.UTC(2026, 10, 26, 12);
  const hour = 3_600_000;
  expect(admitAt(noon, 'a')).toMatchObject({ is: 'admitted' });
  expect(admitAt(noon + 1000 - hour, 'b')).toMatchObject({ is: 'limited', retryAfterMs: 60_000 });
  expect(admitAt(noon + 31_000 - hour, 'c')).toMatchObject({ is: 'limited', retryAfterMs: 30_000 });
  expect(admitAt(noon + 61_000 - hour, 'd')).toMatchObject({ is: 'admitted' });
});
