import { expect, test } from 'vitest';
import type { Model, ModelRequest } from '../../src/core/index.ts';
import { completions, openaiChat, routed } from '../../src/upstream/index.ts';
import {
  answerJson,
  answerStream,
  chunk,
  closedPort,
  type Handler,
  HELLO,
  outcome,
  serve,
  serveRaw,
  sse,
} from './server.ts';

const request: ModelRequest = { messages: [{ role: 'user', content: 'hi' }] };
const chat = (baseUrl: string): Model => openaiChat({ baseUrl, model: 'm', retries: 0, knownModels: [] });
const host = async (handler: Handler) => chat((await serve(handler)).baseUrl);
const unresponsive = async () => chat(await serveRaw((socket) => socket.destroy()));

test('hosts that are down, refuse or break off are passed by until one answers', async () => {
  const upstreams = [
    { name: 'down', model: chat(`http://127.0.0.1:${await closedPort()}/v1`) },
    { name: 'closing', model: await unresponsive() },
    {
      name: 'no key',
      model: await host((response) => answerJson(response, 401, { error: { message: 'bad key' } })),
    },
    {
      name: 'limited',
      model: await host((response) =>
        answerJson(response, 429, { error: { message: 'slow down' } }, { 'retry-after': '7' }),
      ),
    },
    {
      name: 'breaking',
      model: await host((response) => answerStream(response, sse(chunk({ content: 'Hel' })))),
    },
    { name: 'good', model: await host((response) => answerStream(response, HELLO)) },
  ];
  const model = routed('kimi', upstreams);
  const served: string[] = [];
  const { turn, error } = await outcome(
    model.stream(request, {
      onNote: ({ action, upstream = '' }) => action === 'served' && served.push(upstream),
    }),
  );
  expect([error, turn.content, served]).toEqual([undefined, 'Hello', ['breaking', 'good']]);
  expect(model.upstreams().map(({ lastError }) => lastError)).toEqual([
    'connection-refused',
    'connection-lost',
    'no-api-key',
    'rate-limited',
    'stream-cut',
    undefined,
  ]);
  expect(model.upstreams()[3]?.restsMs).toBeGreaterThan(5000);
});

test('a client that leaves closes the connection to the upstream and frees its place', async () => {
  let closed: Promise<unknown> | undefined;
  const model = routed('kimi', [
    {
      name: 'a',
      concurrency: 1,
      model: await host((response) => {
        closed = new Promise((resolve) => response.on('close', resolve));
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(sse(chunk({ content: 'x' })));
      }),
    },
  ]);
  const controller = new AbortController();
  const all = outcome(model.stream(request, { signal: controller.signal, onNote: () => controller.abort() }));
  expect((await all).error?.code).toBe('aborted');
  await closed;
  expect(model.upstreams()[0]).toEqual({ name: 'a', breaker: 'closed', active: 0 });
});

test('an engine whose stream broke in a call and that is gone is an error, not a second beginning', async () => {
  const text =
    '<|tool_calls_section_begin|><|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{"x":';
  const { baseUrl } = await serve((response, _, count) => {
    if (count > 0) answerJson(response, 503, { error: { message: 'gone' } });
    else answerStream(response, sse({ choices: [{ index: 0, text, finish_reason: null }] }));
  });
  const engine = completions({ baseUrl, model: 'kimi-k2', retries: 0 });
  const model = routed('kimi', [
    { name: 'engine', model: engine },
    { name: 'other', model: await host((response) => answerStream(response, HELLO)) },
  ]);
  const { turn, error } = await outcome(model.stream({ ...request, tools: [{ name: 'f' }] }));
  expect([error?.code, turn.content, turn.cut?.arguments]).toEqual(['stream-cut', '', '{"x":']);
});
