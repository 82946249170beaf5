import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import type { Message } from '../../src/core/index.ts';
import { openaiChat } from '../../src/upstream/index.ts';
import { answerJson, answerStream, chunk, failure, HELLO, outcome, serve, serveRaw, sse } from './server.ts';

const USER: Message = { role: 'user', content: 'hi' };

test('sends one streaming POST with the key and the model', async () => {
  const { baseUrl, seen } = await serve((response) => answerStream(response, HELLO));
  const model = openaiChat({
    baseUrl: `${baseUrl}/`,
    model: 'kimi-k2.6',
    apiKey: ' sk-1\n',
    headers: { 'X-Extra': '1', 'User-Agent': 'mine' },
    extraBody: { seed: 7 },
    dialect: { maxTokensField: 'max_completion_tokens' },
  });
  const { turn } = await outcome(model.stream({ messages: [USER], maxTokens: 5, extra: { stream: false } }));
  expect(turn).toMatchObject({ content: 'Hello', finishReason: 'stop' });
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: {
      authorization: 'Bearer sk-1',
      'content-type': 'application/json',
      'x-extra': '1',
      'user-agent': 'mine',
    },
  });
  expect(JSON.parse(seen[0]!.body)).toEqual({
    model: 'kimi-k2.6',
    messages: [{ role: 'user', content: 'hi' }],
    max_completion_tokens: 5,
    seed: 7,
    stream: true,
    stream_options: { include_usage: true },
  });
});

test('a base URL may end in a slash, in a path of the API, or carry a query', async () => {
  const { baseUrl, seen } = await serve((response) => answerStream(response, HELLO));
  for (const end of ['//', '/chat/completions', '/models/', '?api-version=1']) {
    await outcome(openaiChat({ baseUrl: baseUrl + end, model: 'm' }).stream({ messages: [USER] }));
  }
  const path = '/v1/chat/completions';
  expect(seen.map((request) => request.path)).toEqual([path, path, path, `${path}?api-version=1`]);
});

test('without a key no Authorization header is sent', async () => {
  const { baseUrl, seen } = await serve((response) => answerStream(response, HELLO));
  await outcome(openaiChat({ baseUrl, model: 'm' }).stream({ messages: [USER] }));
  expect(seen[0]?.headers).not.toHaveProperty('authorization');
});

test('carries prices and context window', () => {
  const prices = { input: 1, cachedInput: 0.1, output: 4 };
  expect(openaiChat({ baseUrl: 'http://127.0.0.1/v1', model: 'm', prices, contextWindow: 9 })).toMatchObject({
    id: 'm',
    prices,
    contextWindow: 9,
  });
});

test('nothing is sent before the first event is asked for', async () => {
  const { baseUrl, seen } = await serve((response) => answerStream(response, HELLO));
  const stream = openaiChat({ baseUrl, model: 'm' }).stream({ messages: [USER] });
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toHaveLength(0);
  await outcome(stream);
  expect(seen).toHaveLength(1);
});

test('a whole JSON response to a streaming request is an answer', async () => {
  const message = { content: 'Hello', reasoning: 'r' };
  const { baseUrl } = await serve((response) =>
    answerJson(response, 200, {
      choices: [{ message, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 2 },
    }),
  );
  const { turn } = await outcome(openaiChat({ baseUrl, model: 'm' }).stream({ messages: [USER] }));
  expect(turn).toMatchObject({
    content: 'Hello',
    reasoning: 'r',
    finishReason: 'stop',
    usage: { inputTokens: 3, outputTokens: 2 },
  });
});

test.each([
  [
    'in the choice',
    (usage: unknown) =>
      sse(
        chunk({ content: 'a' }),
        { choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage }] },
        '[DONE]',
      ),
  ],
  [
    'beside the choices',
    (usage: unknown) => sse(chunk({ content: 'a' }), { ...chunk({}, 'stop'), usage }, '[DONE]'),
  ],
  [
    'in a chunk of its own',
    (usage: unknown) => sse(chunk({ content: 'a' }), chunk({}, 'stop'), { choices: [], usage }, '[DONE]'),
  ],
])('usage %s reaches the finish', async (_, text) => {
  const { baseUrl } = await serve((response) =>
    answerStream(response, text({ prompt_tokens: 10, completion_tokens: 4, cached_tokens: 6 })),
  );
  const { events } = await outcome(openaiChat({ baseUrl, model: 'm' }).stream({ messages: [USER] }));
  expect(events.at(-1)).toEqual({
    type: 'finish',
    reason: 'stop',
    rawReason: 'stop',
    usage: { inputTokens: 10, cachedInputTokens: 6, outputTokens: 4 },
  });
});

test.each([
  ['is not whole, is a cut one', '{"path":"a', { finishReason: 'length' }],
  ['is whole, stays', '{"path":"a"}', { finishReason: 'tool-calls' }],
  ['has no arguments, stays', '', { finishReason: 'tool-calls' }],
])('a call in a stream that ends with [DONE] and no finish reason, if it %s', async (_, text, expected) => {
  const call = { index: 0, id: 'functions.f:0', function: { name: 'f', arguments: text } };
  const { baseUrl } = await serve((response) =>
    answerStream(response, sse(chunk({ content: 'a' }), chunk({ tool_calls: [call] }), '[DONE]')),
  );
  const model = openaiChat({ baseUrl, model: 'm' });
  const { turn, events } = await outcome(model.stream({ messages: [USER], tools: [{ name: 'f' }] }));
  expect(turn).toMatchObject(expected);
  expect(events.at(-2)?.type).toBe(
    expected.finishReason === 'length' ? 'tool-call-invalid' : 'tool-call-end',
  );
  if (expected.finishReason !== 'length') expect(events.at(-1)).not.toHaveProperty('rawReason');
});

test('response ids never repeat an id of the conversation', async () => {
  const call = { index: 0, id: 'functions.f:0', function: { name: 'f', arguments: '{}' } };
  const { baseUrl } = await serve((response) =>
    answerStream(response, sse(chunk({ tool_calls: [call] }), chunk({}, 'tool_calls'), '[DONE]')),
  );
  const model = openaiChat({ baseUrl, model: 'm' });
  const messages: Message[] = [
    { role: 'assistant', content: '', toolCalls: [{ id: 'functions.f:0', name: 'f', arguments: '{}' }] },
    { role: 'tool', toolCallId: 'functions.f:0', content: 'ok' },
  ];
  const { turn } = await outcome(model.stream({ messages, tools: [{ name: 'f' }] }));
  expect(turn.calls).toMatchObject([{ id: 'functions.f:1', rawId: 'functions.f:0', name: 'f' }]);
});

test('a request without tools declares none, so a call is data', async () => {
  const call = { index: 0, id: 'x', function: { name: 'f', arguments: '{}' } };
  const { baseUrl } = await serve((response) =>
    answerStream(response, sse(chunk({ tool_calls: [call] }), chunk({}, 'tool_calls'), '[DONE]')),
  );
  const { turn } = await outcome(openaiChat({ baseUrl, model: 'm' }).stream({ messages: [USER] }));
  expect(turn.calls).toMatchObject([{ name: 'f', problem: 'undeclared' }]);
});

test('raw text is read in the format that is asked for', async () => {
  const content = '<tool_call>{"name":"f","arguments":{"x":1}}</tool_call>';
  const { baseUrl } = await serve((response) =>
    answerStream(response, sse(chunk({ content }), chunk({}, 'stop'), '[DONE]')),
  );
  const model = openaiChat({ baseUrl, model: 'm', format: 'hermes' });
  const { turn } = await outcome(model.stream({ messages: [USER], tools: [{ name: 'f' }] }));
  expect(turn.calls).toMatchObject([{ name: 'f', arguments: '{"x":1}' }]);
});

test('content may begin inside the reasoning', async () => {
  const { baseUrl } = await serve((response) =>
    answerStream(response, sse(chunk({ content: 'hm</think>yes' }), chunk({}, 'stop'), '[DONE]')),
  );
  const { turn } = await outcome(
    openaiChat({ baseUrl, model: 'm', startInReasoning: true }).stream({ messages: [USER] }),
  );
  expect(turn).toMatchObject({ reasoning: 'hm', content: 'yes' });
});

test('onRawChunk sees the wire text whole, characters cut between chunks included', async () => {
  const text = sse(chunk({ content: 'ä😀漢' }), chunk({}, 'stop'), '[DONE]');
  const { baseUrl } = await serve((response) => {
    const bytes = Buffer.from(text);
    const next = (from: number): void => {
      if (from >= bytes.length) response.end();
      else response.write(bytes.subarray(from, from + 1), () => setImmediate(next, from + 1));
    };
    response.socket?.setNoDelay(true);
    next(0);
  });
  const chunks: string[] = [];
  const model = openaiChat({ baseUrl, model: 'm' });
  const { turn } = await outcome(
    model.stream({ messages: [USER] }, { onRawChunk: (piece) => chunks.push(piece) }),
  );
  expect(turn.content).toBe('ä😀漢');
  expect(text.startsWith(chunks.join(''))).toBe(true);
  expect(chunks.join('')).toContain('[DONE]');
});

test('the events come in the batches of the network', async () => {
  const { baseUrl } = await serve((response) =>
    answerStream(
      response,
      sse(chunk({ content: 'a.' }), chunk({ content: 'b.' }), chunk({}, 'stop'), '[DONE]'),
    ),
  );
  const batches: number[] = [];
  for await (const batch of openaiChat({ baseUrl, model: 'm' })
    .stream({ messages: [USER] })
    .batches())
    batches.push(batch.length);
  expect(batches.length).toBe(1);
});

test('the connection is kept for the next request', async () => {
  const { baseUrl, server } = await serve((response) => answerStream(response, HELLO));
  let connections = 0;
  server.on('connection', () => connections++);
  for (let n = 0; n < 5; n++) {
    const { turn } = await outcome(openaiChat({ baseUrl, model: 'm' }).stream({ messages: [USER] }));
    expect(turn.content).toBe('Hello');
  }
  expect(connections).toBeLessThan(5);
});

test('a host that keeps the connection open after [DONE] does not keep the answer', async () => {
  let closed: Promise<unknown> | undefined;
  const { baseUrl } = await serve((response) => {
    closed = once(response, 'close');
    response.write(HELLO);
  });
  const { turn } = await outcome(openaiChat({ baseUrl, model: 'm' }).stream({ messages: [USER] }));
  expect(turn.content).toBe('Hello');
  await closed;
});

/** A host that sends one delta and then waits; `closed` tells that it saw the hang-up. */
async function waitingHost(first: string) {
  let tell: (() => void) | undefined;
  const closed = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const served = await serve((response: ServerResponse) => {
    response.on('close', () => tell?.());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    if (first) response.write(first);
  });
  return { ...served, closed };
}

test('leaving the loop early hangs up, and the host sees it', async () => {
  const { baseUrl, closed } = await waitingHost(sse(chunk({ content: 'Hel. ' })));
  for await (const event of openaiChat({ baseUrl, model: 'm' }).stream({ messages: [USER] })) {
    expect(event).toMatchObject({ type: 'text-delta' });
    break;
  }
  await closed;
});

test('an answer that breaks off is hung up on', async () => {
  const { baseUrl, closed } = await waitingHost(sse({ error: { message: 'no' } }));
  expect(
    (await failure(openaiChat({ baseUrl, model: 'm', retries: 0 }).stream({ messages: [USER] }))).code,
  ).toBe('stream-error');
  await closed;
});

test('an abort in mid-stream hangs up, and the host sees it', async () => {
  const { baseUrl, closed } = await waitingHost(sse(chunk({ content: 'Hel. ' })));
  const controller = new AbortController();
  const stream = openaiChat({ baseUrl, model: 'm' }).stream(
    { messages: [USER] },
    { signal: controller.signal },
  );
  const reading = (async () => {
    for await (const _ of stream) controller.abort(new Error('enough'));
  })();
  await expect(reading).rejects.toMatchObject({ code: 'aborted', cause: new Error('enough') });
  await closed;
});

test('an abort before the answer begins hangs up', async () => {
  const { baseUrl, closed } = await waitingHost('');
  const controller = new AbortController();
  const failing = failure(
    openaiChat({ baseUrl, model: 'm' }).stream({ messages: [USER] }, { signal: controller.signal }),
  );
  const { baseUrl: silent } = await serve(() => controller.abort());
  const second = failure(
    openaiChat({ baseUrl: silent, model: 'm' }).stream({ messages: [USER] }, { signal: controller.signal }),
  );
  expect((await failing).code).toBe('aborted');
  expect((await second).code).toBe('aborted');
  await closed;
});

test('an abort before the start sends nothing', async () => {
  const { baseUrl, seen } = await serve((response) => answerStream(response, HELLO));
  const error = await failure(
    openaiChat({ baseUrl, model: 'm' }).stream({ messages: [USER] }, { signal: AbortSignal.abort() }),
  );
  expect(error.code).toBe('aborted');
  expect(seen).toHaveLength(0);
});

test('an abort while the connection is being opened works at once', async () => {
  // Takes TCP connections but never answers the TLS handshake.
  const baseUrl = (await serveRaw(() => {})).replace('http:', 'https:');
  const controller = new AbortController();
  const failing = failure(
    openaiChat({ baseUrl, model: 'm' }).stream({ messages: [USER] }, { signal: controller.signal }),
  );
  setImmediate(() => controller.abort());
  expect((await failing).code).toBe('aborted');
});

test('a connection that does not open in time is refused', async () => {
  const baseUrl = (await serveRaw(() => {})).replace('http:', 'https:');
  const error = await failure(
    openaiChat({ baseUrl, model: 'm', connectTimeoutMs: 50, retries: 0 }).stream({ messages: [USER] }),
  );
  expect(error).toMatchObject({ code: 'connection-refused', retryable: true });
});

test('each call that a host left in the text is noted, unless the host is said to send raw text', async () => {
  const text = ['0', '1'].map(
    (n) => `<|tool_call_begin|>functions.f:${n}<|tool_call_argument_begin|>{}<|tool_call_end|>`,
  );
  const content = `<|tool_calls_section_begin|>${text.join('')}<|tool_calls_section_end|>`;
  const { baseUrl } = await serve((response) =>
    answerStream(response, sse(chunk({ content }), chunk({}, 'stop'), '[DONE]')),
  );
  for (const [options, leaks] of [
    [{}, 2],
    [{ format: 'kimi' }, 0],
    [{ startInReasoning: true }, 0],
  ] as const) {
    const notes: string[] = [];
    const model = openaiChat({ baseUrl, model: 'kimi-k2.6', ...options });
    const request = { messages: [USER], tools: [{ name: 'f' }] };
    await outcome(
      model.stream(request, { onNote: ({ stage, action }) => void notes.push(`${stage}:${action}`) }),
    );
    expect(notes).toEqual(Array(leaks).fill('parsing:leaked'));
  }
});
