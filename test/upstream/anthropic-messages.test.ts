import { describe, expect, test } from 'vitest';
import type { ModelRequest } from '../../src/core/index.ts';
import { messagesFront } from '../../src/protocols/index.ts';
import { type AnthropicMessagesOptions, anthropicMessages } from '../../src/upstream/index.ts';
import { answerJson, answerStream, failure, type Handler, outcome, serve } from './server.ts';

const REQUEST: ModelRequest = {
  messages: [{ role: 'user', content: 'Hi' }],
  tools: [{ name: 'read', parameters: { type: 'object' } }],
};

const named = (events: readonly Record<string, unknown>[]) =>
  events.map((event) => `event: ${event['type']}\ndata: ${JSON.stringify(event)}\n\n`).join('');
const delta = (index: number, type: string, field: string, value: string) => ({
  type: 'content_block_delta',
  index,
  delta: { type, [field]: value },
});
const ended = (reason: string) => [
  { type: 'message_delta', delta: { stop_reason: reason }, usage: { output_tokens: 4 } },
  { type: 'message_stop' },
];
const HELLO = named([
  { type: 'message_start', message: { usage: { input_tokens: 3 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  delta(0, 'text_delta', 'text', 'Hello'),
  { type: 'content_block_stop', index: 0 },
  ...ended('end_turn'),
]);

async function ask(
  handler: Handler,
  options: Partial<AnthropicMessagesOptions> = {},
  request: ModelRequest = REQUEST,
  path = '/v1',
) {
  const host = await serve(handler);
  const baseUrl = host.baseUrl.replace('/v1', path);
  const model = anthropicMessages({ model: 'kimi', retries: 0, baseUrl, ...options });
  return { ...(await outcome(model.stream(request))), seen: host.seen };
}

const hello: Handler = (response) => answerStream(response, HELLO);

describe('a request', () => {
  test('goes as Anthropic-compatible hosts want it', async () => {
    const { turn, seen } = await ask(hello, { apiKey: 'secret-key' });
    expect(turn).toMatchObject({
      content: 'Hello',
      finishReason: 'stop',
      usage: { inputTokens: 3, cachedInputTokens: 0, outputTokens: 4 },
    });
    expect(seen[0]).toMatchObject({
      path: '/v1/messages',
      headers: {
        'anthropic-version': '2023-06-01',
        'x-api-key': 'secret-key',
        authorization: 'Bearer secret-key',
      },
    });
    expect(JSON.parse(seen[0]!.body)).toEqual({
      model: 'kimi',
      max_tokens: 32_768,
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [{ name: 'read', input_schema: { type: 'object' } }],
      stream: true,
    });
  });

  test.each(['', '/', '/anthropic', '/anthropic/', '/anthropic/v1', '/anthropic/v1/messages'])(
    'finds its path from a base URL that ends in "%s"',
    async (path) => {
      const { seen } = await ask(hello, {}, REQUEST, path);
      expect(seen[0]?.path).toBe(`${path.startsWith('/a') ? '/anthropic' : ''}/v1/messages`);
    },
  );

  test.each([
    ['authorization', { authorization: 'Bearer secret-key' }, 'x-api-key'],
    ['x-api-key', { 'x-api-key': 'secret-key' }, 'authorization'],
  ] as const)('has its key only as %s where it is said so', async (keyHeader, headers, absent) => {
    const { seen } = await ask(hello, { apiKey: ' secret-key ', keyHeader });
    expect(seen[0]?.headers).toMatchObject(headers);
    expect(seen[0]?.headers).not.toHaveProperty(absent);
  });

  test("has the model's own additions under the request's, and none of another protocol", async () => {
    const extraBody = { top_k: 1, service_tier: 'auto', max_tokens: 5 };
    const own = await ask(hello, { extraBody }, { ...REQUEST, extra: { top_k: 2 } });
    expect(JSON.parse(own.seen[0]!.body)).toMatchObject({ top_k: 2, service_tier: 'auto', max_tokens: 5 });
    const other = await ask(
      hello,
      { extraBody },
      { ...REQUEST, extra: { top_k: 2 }, extraProtocol: 'openai-chat' },
    );
    expect(JSON.parse(other.seen[0]!.body)).toMatchObject({ top_k: 1 });
  });

  test('is not made with a key that no header can carry', () => {
    const options = { model: 'kimi', baseUrl: 'http://x', apiKey: 'a\nb', keyHeader: 'x-api-key' as const };
    expect(() => anthropicMessages(options)).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });
});

describe('an answer', () => {
  test('gives signatures on, so that they can go back', async () => {
    const text = named([
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } },
      delta(0, 'thinking_delta', 'thinking', 'Hm'),
      delta(0, 'signature_delta', 'signature', 'sig'),
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: 'Yes' } },
      ...ended('end_turn'),
    ]);
    const { turn } = await ask((response) => answerStream(response, text));
    expect(turn).toMatchObject({ reasoning: 'Hm', reasoningSignature: 'sig', content: 'Yes' });
  });

  test('is read where markers leaked into its text', async () => {
    const leaked =
      '<|tool_calls_section_begin|><|tool_call_begin|>functions.read:0<|tool_call_argument_begin|>{"p":1}<|tool_call_end|><|tool_calls_section_end|>';
    const text = named([
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      ...[...leaked].map((character) => delta(0, 'text_delta', 'text', character)),
      ...ended('end_turn'),
    ]);
    const { turn } = await ask((response) => answerStream(response, text));
    expect(turn.content).toBe('');
    expect(turn.calls).toMatchObject([{ id: 'functions.read:0', name: 'read', arguments: '{"p":1}' }]);
    expect(turn.finishReason).toBe('tool-calls');
  });

  test('has a new id for each call, whatever the host named it', async () => {
    const text = named([
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 'read_0', name: 'read' },
      },
      delta(0, 'input_json_delta', 'partial_json', '{}'),
      { type: 'content_block_stop', index: 0 },
      ...ended('tool_use'),
    ]);
    const { turn } = await ask((response) => answerStream(response, text));
    expect(turn.calls).toMatchObject([{ id: 'functions.read:0', rawId: 'read_0' }]);
  });

  test('that ran out of tokens in a call has that call as cut, although the host closed it', async () => {
    const text = named([
      { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 'c', name: 'read' } },
      delta(0, 'input_json_delta', 'partial_json', '{"p":"hal'),
      { type: 'content_block_stop', index: 0 },
      ...ended('max_tokens'),
    ]);
    const { turn } = await ask((response) => answerStream(response, text));
    expect([turn.calls, turn.cut?.arguments, turn.finishReason]).toEqual([[], '{"p":"hal', 'length']);
  });

  test('may be whole JSON instead of a stream', async () => {
    const { turn } = await ask((response) =>
      answerJson(response, 200, { type: 'message', content: [{ type: 'text', text: 'Hi' }] }),
    );
    expect(turn.content).toBe('Hi');
  });

  test('is over with message_stop, also if the host keeps the connection', async () => {
    const { turn } = await ask((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(HELLO);
    });
    expect(turn.content).toBe('Hello');
  });

  test.each([
    ['{"object":"list"}', 'not-json', /holds no content/],
    [HELLO.slice(0, HELLO.indexOf('event: message_delta')), 'stream-cut', /before message_stop/],
    [
      `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'Full' } })}\n\n`,
      'overloaded',
      /Full/,
    ],
  ])('that is none fails: %s', async (text, code, message) => {
    const { error } = await ask((response) => answerStream(response, text));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('that is refused says why', async () => {
    const host = await serve((response) =>
      answerJson(response, 400, {
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message:
            'thinking is enabled but reasoning_content is missing in assistant tool call message at index 12',
        },
      }),
    );
    const model = anthropicMessages({ model: 'kimi', baseUrl: host.baseUrl, retries: 0 });
    const error = await failure(model.stream(REQUEST));
    expect(error).toMatchObject({ code: 'bad-request', status: 400, hostType: 'invalid_request_error' });
    expect(error.remedy).toContain('reasoning');
  });
});

test('a gateway of ours can stand behind another', async () => {
  const { turn } = await ask((response, { body }) => {
    const { model, reply } = messagesFront.decodeRequest(JSON.parse(body));
    const encoder = messagesFront.createEncoder({ id: 'b1', model, created: 0, reply });
    const events = [
      { type: 'reasoning-delta', delta: 'Hm' },
      { type: 'text-delta', delta: 'Reading.' },
      { type: 'tool-call-start', index: 0, id: 'functions.read:0', name: 'read' },
      { type: 'tool-call-delta', index: 0, delta: '{"p": 1.0}' },
      { type: 'tool-call-end', index: 0 },
      { type: 'finish', reason: 'tool-calls' },
    ] as const;
    answerStream(response, encoder.begin() + events.map((event) => encoder.push(event)).join(''));
  });
  expect(turn).toMatchObject({
    reasoning: 'Hm',
    content: 'Reading.',
    calls: [{ id: 'functions.read:0', name: 'read', arguments: '{"p": 1.0}' }],
    finishReason: 'tool-calls',
  });
});
