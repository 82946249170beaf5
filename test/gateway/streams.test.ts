import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { type Model, modelStream, PerigeeError, type StreamEvent } from '../../src/core/index.ts';
import { ASK, call, dataOf, directory, errorOf, generating, kimi, post, running, USAGE } from './fixtures.ts';

const STREAM = { ...ASK, stream: true };
const FINISH: StreamEvent = { type: 'finish', reason: 'stop', usage: USAGE };

function text(delta: string): StreamEvent {
  return { type: 'text-delta', delta };
}

/** A promise that somebody else resolves. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

test('an error before the first event keeps its status and says when to come back', async () => {
  const model = generating(async function* () {
    yield* [];
    throw new PerigeeError('rate-limited', 'The host is busy.', { retryable: true, retryAfterMs: 1500 });
  });
  const { baseURL, logged } = await running({ models: directory({ name: 'kimi', model }) });
  const reply = await post(`${baseURL}/chat/completions`, STREAM);
  expect(reply.status).toBe(429);
  expect(reply.headers.get('retry-after')).toBe('2');
  expect(await errorOf(reply)).toMatchObject({ code: 'rate_limit_exceeded', message: 'The host is busy.' });
  expect((await logged(1))[0]).toMatchObject({ status: 429, error: 'rate-limited', model: 'kimi' });
});

test('what the host said and what to do about it are two sentences, also where the host ends without a stop', async () => {
  const model = generating(async function* () {
    yield* [];
    throw new PerigeeError('bad-request', 'answered 400: something is off', { remedy: 'Correct it.' });
  });
  const { baseURL } = await running({ models: directory({ name: 'kimi', model }) });
  for (const path of ['chat/completions', 'messages', 'responses']) {
    const reply = await post(`${baseURL}/${path}`, { ...STREAM, input: 'Hi' });
    expect((await errorOf(reply))['message'], path).toBe('answered 400: something is off. Correct it.');
  }
});

test('an error tells too what was done with the request before the host refused it', async () => {
  const model: Model = {
    id: 'refusing',
    stream: (_, options) =>
      modelStream(async function* () {
        options?.onNote?.({ stage: 'schema', action: 'rewritten', text: 'tools[0] was rewritten.' });
        yield* [];
        throw new PerigeeError('bad-request', 'tools[0] is not valid.');
      }),
  };
  const { baseURL } = await running({ models: directory({ name: 'kimi', model }) });
  for (const stream of [true, false]) {
    const reply = await post(`${baseURL}/chat/completions`, { ...ASK, stream });
    expect(reply.status).toBe(400);
    expect(reply.headers.get('x-perigee-conform')).toBe('schema:rewritten');
  }
});

test('an error in the middle is an event that the SDK throws, and no [DONE] follows it', async () => {
  const model = generating(async function* () {
    yield [text('Once upon')];
    throw new PerigeeError('stream-cut', 'The stream broke off.', { retryable: true });
  });
  const { baseURL, logged } = await running({ models: directory({ name: 'kimi', model }) });
  const openai = new OpenAI({ baseURL, apiKey: 'any', maxRetries: 0 });
  const stream = await openai.chat.completions.create({
    model: 'kimi',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: true,
  });
  const seen: string[] = [];
  const reading = (async () => {
    for await (const chunk of stream) {
      seen.push(chunk.choices[0]?.delta.content ?? '');
    }
  })();
  await expect(reading).rejects.toThrow(/broke off/);
  expect(seen.join('')).toBe('Once upon');
  const reply = await post(`${baseURL}/chat/completions`, STREAM);
  const data = dataOf(await reply.text());
  expect(data.at(-1)).toMatchObject({ error: { code: 'stream-cut' } });
  expect(data).not.toContain('[DONE]');
  expect((await logged(2))[1]).toMatchObject({ status: 200, error: 'stream-cut' });
});

test('a bug of a model is told without its text', async () => {
  const model = generating(async function* () {
    yield* [];
    throw new TypeError('sk-secret is not a function');
  });
  const { baseURL } = await running({ models: directory({ name: 'kimi', model }) });
  for (const stream of [true, false]) {
    const reply = await post(`${baseURL}/chat/completions`, { ...ASK, stream });
    expect(reply.status).toBe(502);
    expect(await reply.text()).not.toContain('sk-secret');
  }
});

test('a host that gives up with the finish reason of an error is an error', async () => {
  const model = generating(async function* ({ messages }) {
    if (messages.length > 1) yield [text('begun')];
    yield [{ type: 'finish', reason: 'error' }];
  });
  const { baseURL } = await running({ models: directory({ name: 'kimi', model }) });
  expect((await post(`${baseURL}/chat/completions`, ASK)).status).toBe(502);
  expect((await post(`${baseURL}/chat/completions`, STREAM)).status).toBe(502);
  const begun = await post(`${baseURL}/chat/completions`, {
    ...STREAM,
    messages: [...ASK.messages, ...ASK.messages],
  });
  expect(begun.status).toBe(200);
  expect(dataOf(await begun.text()).at(-1)).toMatchObject({ error: { code: 'server-error' } });
});

test('a hang-up cancels the model at once, while it is silent', async () => {
  const asked = gate();
  const cancelled = gate();
  const model = generating(async function* (_, signal) {
    yield [text('first')];
    asked.open();
    await once(signal, 'abort');
    cancelled.open();
    throw new PerigeeError('aborted', 'cancelled');
  });
  const { baseURL, logged } = await running({ models: directory({ name: 'kimi', model }) });
  const hangUp = new AbortController();
  const reply = await post(`${baseURL}/chat/completions`, STREAM, {}, { signal: hangUp.signal });
  await asked.opened;
  hangUp.abort();
  await cancelled.opened;
  await expect(reply.text()).rejects.toThrow();
  expect((await logged(1))[0]).toMatchObject({ status: 499 });
});

test('a hang-up before the first event cancels the model too, streamed or whole', async () => {
  for (const stream of [true, false]) {
    const asked = gate();
    const cancelled = gate();
    const model = generating(async function* (_, signal) {
      yield* [];
      asked.open();
      await once(signal, 'abort');
      cancelled.open();
      throw new PerigeeError('aborted', 'cancelled');
    });
    const { baseURL, logged } = await running({ models: directory({ name: 'kimi', model }) });
    const hangUp = new AbortController();
    const reply = post(`${baseURL}/chat/completions`, { ...ASK, stream }, {}, { signal: hangUp.signal });
    reply.catch(() => {});
    await asked.opened;
    hangUp.abort();
    await cancelled.opened;
    expect((await logged(1))[0]).toMatchObject({ status: 499, error: 'aborted' });
  }
});

test('a client that reads slowly makes the model wait, and gets every byte when it goes on', async () => {
  const piece = 'x'.repeat(64 * 1024);
  const pieces = 400;
  let given = 0;
  const model = generating(async function* () {
    for (let i = 0; i < pieces; i++) {
      given = i + 1;
      yield [text(piece)];
    }
    yield [FINISH];
  });
  const { port } = await running({ models: directory({ name: 'kimi', model }) });
  const request = httpRequest({ port, path: '/v1/chat/completions', method: 'POST' });
  request.end(JSON.stringify(STREAM));
  const [response] = await once(request, 'response');
  // Nobody reads: what fits into buffers is all that the model is asked for.
  let last = -1;
  for (let still = 0; still < 200; still++) {
    if (last !== given) still = 0;
    last = given;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(given).toBeLessThan(pieces / 2);
  let length = 0;
  for await (const chunk of response) length += chunk.length;
  expect(given).toBe(pieces);
  expect(length).toBeGreaterThan(pieces * piece.length);
});

test('a client that takes nothing for too long is given up, and its model cancelled', async () => {
  const cancelled = gate();
  const model = generating(async function* (_, signal) {
    signal.addEventListener('abort', () => cancelled.open());
    for (;;) yield [text('x'.repeat(256 * 1024))];
  });
  const { port, logged } = await running({
    models: directory({ name: 'kimi', model }),
    limits: { slowClientMs: 100 },
  });
  const request = httpRequest({ port, path: '/v1/chat/completions', method: 'POST' });
  request.on('error', () => {});
  request.end(JSON.stringify(STREAM));
  await once(request, 'response');
  await cancelled.opened;
  expect((await logged(1))[0]).toMatchObject({ status: 499 });
});

test('a client that took some and then nothing is given up after its time, not after twice as long', async () => {
  const slowClientMs = 1600;
  const cancelled = gate();
  const blocked = gate();
  const model = generating(async function* (_, signal) {
    signal.addEventListener('abort', () => cancelled.open());
    for (let i = 0; ; i++) {
      if (i === 64) blocked.open();
      yield [text('x'.repeat(256 * 1024))];
    }
  });
  const { port } = await running({ models: directory({ name: 'kimi', model }), limits: { slowClientMs } });
  const request = httpRequest({ port, path: '/v1/chat/completions', method: 'POST' });
  request.on('error', () => {});
  request.end(JSON.stringify(STREAM));
  const [response] = await once(request, 'response');
  response.on('error', () => {});
  response.on('data', () => {});
  await blocked.opened;
  response.pause();
  const twice = new Promise((resolve) => {
    setTimeout(resolve, slowClientMs * 1.9, 'twice as long');
  });
  expect(await Promise.race([cancelled.opened, twice])).not.toBe('twice as long');
});

test('while the model is silent the connection is kept alive, before the first event and between events', async () => {
  const go = gate();
  const model = generating(async function* () {
    await go.opened;
    yield [text('late')];
    yield [FINISH];
  });
  const { baseURL } = await running({ models: directory({ name: 'kimi', model }), limits: { pingMs: 20 } });
  const reply = await post(`${baseURL}/chat/completions`, STREAM);
  expect(reply.status).toBe(200);
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  while (!/: ping\n\n: ping\n\n/.test(seen)) seen += (await reader.read()).value;
  go.open();
  for (let step = await reader.read(); !step.done; step = await reader.read()) seen += step.value;
  expect(dataOf(seen).at(-1)).toBe('[DONE]');
  expect(seen).toContain('"late"');
});

test('events that come together go out together, whatever they are', async () => {
  const { models } = kimi([`Hi ${call('f', 0, '{"a":[1,2]}')}`], { chunkSize: 1000 });
  const { baseURL } = await running({ models });
  const body = { ...STREAM, tools: [{ type: 'function', function: { name: 'f' } }] };
  const data = dataOf(await (await post(`${baseURL}/chat/completions`, body)).text());
  expect(data.at(-1)).toBe('[DONE]');
  expect(data.at(-2)).toMatchObject({ choices: [{ delta: {}, finish_reason: 'tool_calls' }] });
});

test('usage stands on the last chunk where nobody asks, in its own chunk where somebody does, nowhere where it is refused', async () => {
  const { models } = kimi([{ text: 'Hi', usage: USAGE }]);
  const { baseURL } = await running({ models });
  async function usages(extra: object) {
    const reply = await post(`${baseURL}/chat/completions`, { ...STREAM, ...extra });
    return dataOf(await reply.text()).filter(
      (chunk): chunk is { choices: unknown[]; usage: unknown } =>
        typeof chunk === 'object' && 'usage' in (chunk ?? {}),
    );
  }
  expect(await usages({})).toMatchObject([
    { choices: [{ finish_reason: 'stop' }], usage: { total_tokens: 120 } },
  ]);
  expect(await usages({ stream_options: { include_usage: true } })).toMatchObject([
    { choices: [], usage: { total_tokens: 120 } },
  ]);
  expect(await usages({ stream_options: { include_usage: false } })).toEqual([]);
});

test('the events of a response are numbered in the order in which they go out', async () => {
  const { baseURL } = await running({ models: kimi([`Hi${call('f', 0, '{}')}`]).models });
  const tools = [{ type: 'function', name: 'f', parameters: { type: 'object', properties: {} } }];
  const reply = await post(`${baseURL}/responses`, { model: 'kimi', input: 'Hi', stream: true, tools });
  const numbers = [...(await reply.text()).matchAll(/"sequence_number":(\d+)/g)].map(([, n]) => Number(n));
  expect(numbers.length).toBeGreaterThan(8);
  expect(numbers).toEqual(numbers.map((_, position) => position));
});

test('what nobody can put together is an error of that answer alone, and its model is left', async () => {
  const huge = 'x'.repeat(2 ** 28);
  const wrong: { readonly [name: string]: readonly unknown[] } = {
    'no events': [undefined],
    'arguments longer than a string': [
      { type: 'tool-call-start', index: 0, id: 'a', name: 'f' },
      ...Array(2).fill({ type: 'tool-call-delta', index: 0, delta: huge }),
    ],
  };
  for (const [name, events] of Object.entries(wrong)) {
    let left = false;
    const model = generating(async function* (_, signal) {
      try {
        yield [...events, FINISH] as StreamEvent[];
        yield [text('more')];
      } finally {
        left = signal.aborted;
      }
    });
    const { baseURL, gateway, logged } = await running({ models: directory({ name: 'kimi', model }) });
    const reply = await post(`${baseURL}/chat/completions`, ASK);
    expect([reply.status, left], name).toEqual([502, true]);
    expect(await errorOf(reply), name).toMatchObject({
      message: expect.stringMatching(/^The gateway failed/),
    });
    expect((await logged(1))[0], name).toMatchObject({ status: 502, error: 'server-error' });
    await gateway.drain();
  }
});

test('a call in which the output was cut is not announced as a call to run', async () => {
  const cut =
    'Let me. <|tool_calls_section_begin|><|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{"a": "hal';
  const { models } = kimi([{ text: cut, finishReason: 'tool_calls' }]);
  const { baseURL } = await running({ models });
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const whole = await (await post(`${baseURL}/chat/completions`, { ...ASK, tools })).json();
  expect(whole).toMatchObject({ choices: [{ finish_reason: 'length', message: { content: 'Let me. ' } }] });
  expect(JSON.stringify(whole)).not.toContain('tool_calls');
  const data = dataOf(await (await post(`${baseURL}/chat/completions`, { ...STREAM, tools })).text());
  expect(data.at(-2)).toMatchObject({ choices: [{ finish_reason: 'length' }] });
});
