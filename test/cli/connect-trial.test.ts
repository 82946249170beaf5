import { describe, expect, test } from 'vitest';
import { CLIENTS } from '../../src/connect/index.ts';
import { practiceModel } from '../../src/replay/index.ts';
import { directory, keyOf, running } from '../gateway/fixtures.ts';
import {
  answerJson,
  answerStream,
  chunk,
  closedPort,
  type Handler,
  serve,
  serveRaw,
  sse,
} from '../upstream/server.ts';
import { connectGround } from './connect-ground.ts';
import { rawAnswer, rawCall, rawSection } from './hosts.ts';

const KEY = 'a-key-of-the-gateway';

/** A gateway over the practice model, which asks for a key when one is given. */
function practiceGateway(key?: string) {
  return running({
    models: directory({ name: 'practice', model: practiceModel() }),
    ...(key !== undefined && { keys: [keyOf(key)] }),
  });
}

describe('through a gateway over a socket', () => {
  test.each(CLIENTS.map(({ id, name }) => [id, name]))('%s works', async (id, name) => {
    const { url, logged } = await practiceGateway(KEY);
    const { code, out, err } = await connectGround().run(
      id,
      { test: true, gateway: url },
      { env: { PERIGEE_KEY: KEY } },
    );
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`As ${name} asks: practice at ${url}`);
    expect(out).toMatch(/It works\./);
    if (id !== 'aider') expect(out).toContain('✓ a call: get_weather({"city":"Paris"})');
    // The list without and with the key, then the questions.
    const asked = id === 'aider' ? 3 : 4;
    expect((await logged(asked)).map(({ status }) => status)).toEqual([401, ...Array(asked - 1).fill(200)]);
  });

  test('without the key it says which one is missing, and fails', async () => {
    const { url } = await practiceGateway(KEY);
    const { code, out, err } = await connectGround().run('codex', { test: true, gateway: url });
    expect(err).toContain('asks for a key, and PERIGEE_KEY is not set here');
    expect([code, out]).toEqual([1, expect.stringContaining('it answers 401')]);
    expect(out).toContain('→ The key is missing or wrong');
  });

  test('a host that is somewhere else is not sent the key of the real one', async () => {
    const { baseUrl, seen } = await serve((response) => answerJson(response, 401, {}));
    const env = { MOONSHOT_API_KEY: 'sk-a-key-for-moonshot-only' };
    await connectGround().run('opencode', { test: true, host: 'moonshot', baseUrl }, { env });
    expect(seen.length).toBeGreaterThan(0);
    expect(JSON.stringify(seen)).not.toContain('for-moonshot-only');
  });

  test('a host that sends on to another address is not said to refuse the client', async () => {
    const { baseUrl } = await serve((response) =>
      response.writeHead(308, { location: 'https://elsewhere/v1' }).end(),
    );
    const { code, out } = await connectGround().run('opencode', { test: true, baseUrl, model: 'm' });
    expect(code).toBe(1);
    expect(out).toContain('it answers 308 and sends on to another address');
    expect(out).toContain('→ Give the address that it sends on to');
  });

  test('the path of a request at the end of a base URL is left out', async () => {
    const { baseUrl, seen } = await serve((response) => answerJson(response, 500, {}));
    await connectGround().run('opencode', {
      test: true,
      baseUrl: `${baseUrl}/chat/completions/`,
      model: 'm',
    });
    expect(seen.map(({ path }) => path)).toEqual(['/v1/chat/completions']);
  });

  test('a wrong key is never shown, even where the host repeats it', async () => {
    const wrong = 'sk-wrong-key-that-is-long';
    const { baseUrl } = await serve((response, { path }) =>
      answerJson(
        response,
        path.endsWith('/models') ? 200 : 401,
        path.endsWith('/models') ? { data: [{ id: 'm' }] } : { error: { message: `bad key ${wrong}` } },
      ),
    );
    const { code, out, err } = await connectGround().run(
      'opencode',
      { test: true, baseUrl, apiKeyEnv: 'MY_KEY' },
      { env: { MY_KEY: wrong } },
    );
    expect(code).toBe(1);
    expect(out).toContain('it answers 401: bad key ‹key›');
    expect(out + err).not.toContain(wrong);
  });
});

const CALL = { index: 0, id: 'call_1', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } };
const calls = (call: object, finish: string | null = 'tool_calls') =>
  sse(chunk({ tool_calls: [call] }), chunk({}, finish), '[DONE]');
const done = sse(chunk({ content: 'Sunny.' }), chunk({}, 'stop'), '[DONE]');

/** What the trial says of a host that answers so. */
async function verdict(...answers: (string | Handler)[]) {
  const { baseUrl, seen } = await serve((response, request, count) => {
    const answer = answers[Math.min(count, answers.length - 1)]!;
    if (typeof answer === 'string') answerStream(response, answer);
    else answer(response, request, count);
  });
  const said = await connectGround().run('opencode', { test: true, baseUrl, model: 'kimi-k2.6' });
  return { ...said, seen };
}

describe('a host that breaks calls is found out', () => {
  test('one that works', async () => {
    const { code, out, seen } = await verdict(calls(CALL), done);
    expect([code, out]).toEqual([0, expect.stringContaining('It works.')]);
    expect(JSON.parse(seen[0]!.body)).toMatchObject({
      model: 'kimi-k2.6',
      stream: true,
      max_tokens: 32_000,
      tool_choice: 'auto',
    });
    const { messages } = JSON.parse(seen[1]!.body) as { messages: Record<string, unknown>[] };
    expect(messages.slice(2)).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [expect.objectContaining({ id: 'call_1', type: 'function' })],
      },
      { role: 'tool', tool_call_id: 'call_1', content: expect.any(String) },
    ]);
  });

  test.each<[string, string, RegExp]>([
    [
      'leaks the call',
      rawAnswer(rawSection(rawCall('functions.get_weather:0', '{"city":"Paris"}'))),
      /a call stands in the text/,
    ],
    [
      'hides it in the reasoning',
      sse(chunk({ reasoning_content: '<|tool_call_begin|>functions' }), chunk({}, 'stop'), '[DONE]'),
      /hidden in the reasoning/,
    ],
    ['lies about the end', calls(CALL, 'stop'), /finish_reason is stop, though there are calls/],
    ['does not say why it ended', calls(CALL, null), /there is no finish_reason/],
    ['gives no id', calls({ ...CALL, id: '' }), /the call has no id/],
    ['gives no index', calls({ id: 'x', function: CALL.function }), /without its index/],
    [
      'breaks the arguments',
      calls({ ...CALL, function: { name: 'get_weather', arguments: '{"city":' } }),
      /arguments do not fit/,
    ],
    [
      'gives arguments as an object',
      calls({ ...CALL, function: { name: 'get_weather', arguments: { city: 'P' } } }),
      /an object instead of text/,
    ],
    [
      'calls something else',
      calls({ ...CALL, function: { name: 'functions.get_weather', arguments: '{"city":"P"}' } }),
      /functions\.get_weather, which it was not given/,
    ],
    ['ends without [DONE]', sse(chunk({ tool_calls: [CALL] }), chunk({}, 'tool_calls')), /without \[DONE\]/],
    [
      'sends an error in the stream',
      sse({ error: { message: 'engine died' } }),
      /an error in the answer: engine died/,
    ],
    ['sends what is no JSON', 'data: {"choices": [\n\n', /no JSON/],
    ['answers in text', done, /text and no call: Sunny\./],
    ['says nothing', sse(chunk({}, 'stop'), '[DONE]'), /no call and no text/],
  ])('one that %s', async (_, answer, expected) => {
    const { code, out } = await verdict(answer);
    expect([code, out]).toEqual([1, expect.stringMatching(expected)]);
    expect(out).toMatch(/→ \S[\s\S]*It does not work\.\n$/);
  });

  test('one that answers nothing to the result', async () => {
    const { code, out } = await verdict(calls(CALL), sse(chunk({}, 'stop'), '[DONE]'));
    expect([code, out]).toEqual([
      1,
      expect.stringContaining('after the result of the call it answered nothing'),
    ]);
  });

  test('one that repeats the key in its answer: it is not shown', async () => {
    const key = 'a-key-without-a-form';
    const { baseUrl } = await serve((response) =>
      answerStream(response, sse(chunk({ content: `Your key is ${key}` }), chunk({}, 'stop'), '[DONE]')),
    );
    const options = { test: true, baseUrl, model: 'm', apiKeyEnv: 'MY_KEY' };
    const { out } = await connectGround().run('opencode', options, { env: { MY_KEY: key } });
    expect(out).toContain('Your key is ‹key›');
    expect(out).not.toContain(key);
  });

  test('one that does not stream', async () => {
    const { code, out } = await verdict((response) => answerJson(response, 200, { choices: [] }));
    expect([code, out]).toEqual([1, expect.stringContaining('asked to stream and answers application/json')]);
  });

  test.each([
    [404, 'no such model', /Check the address/],
    [400, 'tools.0.strict', /refuses what this client sends/],
    [429, 'slow down', /limit of the key/],
    [503, 'busy', /Try again/],
  ])('one that answers %d', async (status, message, advice) => {
    const { code, out } = await verdict((response) => answerJson(response, status, { error: { message } }));
    expect([code, out]).toEqual([1, expect.stringContaining(`it answers ${status}: ${message}`)]);
    expect(out).toMatch(advice);
  });

  test('one that hangs up', async () => {
    const baseUrl = await serveRaw((socket) => socket.destroy());
    const { code, out } = await connectGround().run('opencode', { test: true, baseUrl, model: 'm' });
    expect([code, out]).toEqual([1, expect.stringContaining('closed without an answer')]);
  });

  test('none at all', async () => {
    const gateway = `http://127.0.0.1:${await closedPort()}`;
    const { code, out, err } = await connectGround().run('cline', { test: true, gateway });
    expect(err).toContain('start it with  perigee serve');
    expect([code, out]).toEqual([1, expect.stringContaining('nothing listens there')]);
    expect(out).toContain('perigee serve');
  });
});

describe('the other protocols are read as strictly', () => {
  const event = (type: string, more: object, name = type) =>
    `event: ${name}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const start = event('message_start', { message: { id: 'm', role: 'assistant', content: [] } });
  const use = event('content_block_start', {
    index: 0,
    content_block: { type: 'tool_use', id: 't', name: 'get_weather', input: {} },
  });
  const input = event('content_block_delta', {
    index: 0,
    delta: { type: 'input_json_delta', partial_json: '{"city":"Paris"}' },
  });
  const end = (reason: string) =>
    event('message_delta', { delta: { stop_reason: reason } }) + event('message_stop', {});

  test.each<[string, string, RegExp]>([
    ['a stop reason that lies', start + use + input + end('end_turn'), /stop_reason is end_turn/],
    ['a stream that is cut', start + use + input, /without message_stop/],
    ['a piece without its block', start + input + end('tool_use'), /a block that was not begun/],
    [
      'an event under another name',
      start + use + input.replace('event: content_block_delta', 'event: delta') + end('tool_use'),
      /under the name delta/,
    ],
    [
      'an error',
      start + event('error', { error: { type: 'overloaded_error', message: 'later' } }),
      /an error in the answer: later/,
    ],
  ])('Anthropic Messages: %s', async (_, answer, expected) => {
    const { baseUrl } = await serve((response) => answerStream(response, answer));
    const { code, out } = await connectGround().run('claude-code', { test: true, baseUrl, model: 'm' });
    expect([code, out]).toEqual([1, expect.stringMatching(expected)]);
  });

  const item = {
    type: 'function_call',
    id: 'fc',
    call_id: 'c',
    name: 'get_weather',
    arguments: '{"city":"Paris"}',
  };
  test.each<[string, string, RegExp]>([
    ['a stream that is cut', event('response.output_item.done', { item }), /without response\.completed/],
    [
      'an answer that failed',
      event('response.failed', { response: { status: 'failed', error: { message: 'broke' } } }),
      /an error in the answer: broke/,
    ],
    [
      'an answer that was cut',
      event('response.incomplete', { response: { status: 'incomplete' } }),
      /status is incomplete/,
    ],
  ])('OpenAI Responses: %s', async (_, answer, expected) => {
    const { baseUrl } = await serve((response) => answerStream(response, answer));
    const { code, out } = await connectGround().run('codex', { test: true, baseUrl, model: 'm' });
    expect([code, out]).toEqual([1, expect.stringMatching(expected)]);
  });
});
