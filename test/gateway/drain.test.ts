import { Agent, request as httpRequest } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import type { StreamEvent } from '../../src/core/index.ts';
import { createGateway } from '../../src/gateway/index.ts';
import { scripted } from '../../src/replay/index.ts';
import { ASK, dataOf, directory, errorOf, generating, kimi, post, running } from './fixtures.ts';

test('streams that are open end whole, then the gateway is gone', async () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const model = generating(async function* (): AsyncGenerator<StreamEvent[]> {
    yield [{ type: 'text-delta', delta: 'one ' }];
    await opened;
    yield [{ type: 'text-delta', delta: 'two' }];
    yield [{ type: 'finish', reason: 'stop' }];
  });
  const { gateway, baseURL, url } = await running({ models: directory({ name: 'kimi', model }) });
  const replies = await Promise.all(
    Array.from({ length: 5 }, () => post(`${baseURL}/chat/completions`, { ...ASK, stream: true })),
  );
  const drained = gateway.drain();
  const ended = { done: false };
  drained.then(() => {
    ended.done = true;
  });
  const texts = replies.map((reply) => reply.text());
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended.done).toBe(false);
  open();
  for (const text of await Promise.all(texts)) {
    expect(dataOf(text).at(-1)).toBe('[DONE]');
    expect(text).toContain('"two"');
  }
  await drained;
  await expect(fetch(url)).rejects.toThrow();
  const late = await gateway.fetch(`${baseURL}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(ASK),
  });
  expect(late.status).toBe(503);
  expect(await errorOf(late)).toMatchObject({ code: 'gateway-draining' });
});

test('clients that go on asking lose no request', async () => {
  const { models } = kimi(['Hi']);
  const { gateway, port } = await running({ models });
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  let answered = 0;
  let stop = false;
  const failures: string[] = [];
  async function client() {
    while (!stop) {
      const outcome = await new Promise<string>((resolve) => {
        const request = httpRequest(
          { port, agent, path: '/v1/chat/completions', method: 'POST' },
          (response) => {
            response.resume();
            response.on('end', () => resolve(`${response.statusCode}`));
            response.on('error', (error) => resolve(error.message));
          },
        );
        request.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
          // A new connection that the system held for a listener that is gone was never accepted.
          resolve(code === 'ECONNRESET' && !request.reusedSocket ? 'ECONNREFUSED' : code);
        });
        request.end(JSON.stringify(ASK));
      });
      // What could not connect was never accepted: the gateway is gone.
      if (outcome === 'ECONNREFUSED') return;
      if (outcome === '200') answered++;
      else failures.push(outcome);
    }
  }
  const clients = Array.from({ length: 8 }, client);
  while (answered < 100) await new Promise((resolve) => setImmediate(resolve));
  await gateway.drain();
  stop = true;
  await Promise.all(clients);
  agent.destroy();
  expect(failures).toEqual([]);
});

test('with a delay it takes requests for a while longer, each with the last answer of its connection', async () => {
  const { models } = kimi(['Hi']);
  const { gateway, port, url } = await running({ models });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (method: string, path: string) =>
    new Promise<{ status: number; connection: string; reused: boolean }>((resolve, reject) => {
      const request = httpRequest({ port, agent, path, method }, (response) => {
        response.resume();
        const { statusCode: status = 0, headers } = response;
        response.on('end', () =>
          resolve({ status, connection: headers.connection ?? '', reused: request.reusedSocket }),
        );
      });
      request.on('error', reject);
      request.end(method === 'POST' ? JSON.stringify(ASK) : undefined);
    });
  const before = await ask('GET', '/readyz');
  expect(before).toEqual({ status: 200, connection: 'keep-alive', reused: false });
  const drained = gateway.drain({ delayMs: 3000 });
  const last = await ask('POST', '/v1/chat/completions');
  expect(last).toEqual({ status: 200, connection: 'close', reused: true });
  expect(await ask('GET', '/readyz')).toEqual({ status: 503, connection: 'close', reused: false });
  expect(await ask('POST', '/v1/chat/completions')).toEqual({
    status: 200,
    connection: 'close',
    reused: false,
  });
  await drained;
  agent.destroy();
  await expect(fetch(url)).rejects.toThrow();
});

test('it says how long idle connections stay open, so that others close them first', async () => {
  const { models } = kimi(['Hi']);
  const gateway = createGateway({ models });
  onTestFinished(() => gateway.drain());
  const usual = await gateway.listen({ port: 0 });
  const long = await gateway.listen({ port: 0, keepAliveMs: 620_000 });
  const hints = await Promise.all(
    [usual, long].map(async ({ url }) => (await fetch(`${url}/healthz`)).headers.get('keep-alive')),
  );
  expect(hints).toEqual(['timeout=75', 'timeout=620']);
});

test('new options hold for new requests, running ones end with the old', async () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const old = generating(async function* (): AsyncGenerator<StreamEvent[]> {
    yield [{ type: 'text-delta', delta: 'old' }];
    await opened;
    yield [{ type: 'finish', reason: 'stop' }];
  });
  const { gateway, baseURL } = await running({ models: directory({ name: 'kimi', model: old }) });
  const before = await post(`${baseURL}/chat/completions`, { ...ASK, stream: true });
  gateway.update({
    models: directory({ name: 'next', model: scripted(['new'], { onExhausted: 'repeat-last' }) }),
  });
  expect((await post(`${baseURL}/chat/completions`, ASK)).status).toBe(404);
  const after = await post(`${baseURL}/chat/completions`, { ...ASK, model: 'next' });
  expect(await after.json()).toMatchObject({ choices: [{ message: { content: 'new' } }] });
  open();
  expect(dataOf(await before.text()).at(-1)).toBe('[DONE]');
  const bad = { models: directory(), limits: { bodyMs: -1 } };
  expect(() => gateway.update(bad)).toThrow(/limits\.bodyMs/);
  expect((await post(`${baseURL}/chat/completions`, { ...ASK, model: 'next' })).status).toBe(200);
});
