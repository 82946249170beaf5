import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ErrorCode, PerigeeError, type StreamEvent, TurnAssembler } from '../../src/core/index.ts';
import { spoilerOf } from '../../src/protocols/front/index.ts';
import {
  type ChatReply,
  chatFront,
  createChatStreamDecoder,
  decodeChatResponse,
  messagesFront,
  responsesFront,
} from '../../src/protocols/index.ts';

const REPLY: ChatReply = { includeUsage: true, legacy: false, custom: new Set(), showReasoning: true };
const USAGE = { inputTokens: 9, cachedInputTokens: 4, outputTokens: 3, reasoningTokens: 1 };

function options(reply: Partial<ChatReply> = {}) {
  return { id: 'abc', model: 'kimi "k2"', created: 7, reply: { ...REPLY, ...reply } };
}

function encode(events: readonly StreamEvent[], reply: Partial<ChatReply> = {}): string {
  const encoder = chatFront.createEncoder(options(reply));
  return encoder.begin() + events.map((event) => encoder.push(event)).join('');
}

function whole(events: readonly StreamEvent[], reply: Partial<ChatReply> = {}) {
  const assembler = new TurnAssembler();
  for (const event of events) assembler.push(event);
  return chatFront.encodeResponse(assembler.turn(), options(reply)) as { choices: Record<string, unknown>[] };
}

function chunks(text: string): Record<string, unknown>[] {
  const events = text.split('\n\n').filter((event) => event !== '');
  expect(events.at(-1)).toBe('data: [DONE]');
  return events.slice(0, -1).map((event) => JSON.parse(event.replace(/^data: /, '')));
}

/** What our own decoder makes of an answer, put together. */
function reread(events: readonly StreamEvent[]) {
  const assembler = new TurnAssembler();
  for (const event of events) assembler.push(event);
  const { content, reasoning, calls, finishReason, usage } = assembler.turn();
  return {
    content,
    reasoning,
    calls: calls.map(({ id, name, arguments: text }) => ({ id, name, text })),
    finishReason,
    usage,
  };
}

const text = fc.string({ unit: 'grapheme' });
const argumentText = fc.dictionary(text, fc.jsonValue()).map((value) => JSON.stringify(value));
const someCall = fc.record({ name: fc.stringMatching(/^[a-z]\w{0,8}$/), text: argumentText });
const answer = fc.record({
  reasoning: fc.array(text),
  content: fc.array(text),
  calls: fc.array(someCall, { maxLength: 4 }),
});

function eventsOf({
  reasoning,
  content,
  calls,
}: typeof answer extends fc.Arbitrary<infer T> ? T : never): StreamEvent[] {
  return [
    ...reasoning.map((delta) => ({ type: 'reasoning-delta', delta }) as const),
    ...content.map((delta) => ({ type: 'text-delta', delta }) as const),
    ...calls.flatMap(({ name, text: all }, index): StreamEvent[] => [
      { type: 'tool-call-start', index, id: `functions.${name}:${index}`, name },
      ...all.split(/(?<=,)/).map((delta): StreamEvent => ({ type: 'tool-call-delta', index, delta })),
      { type: 'tool-call-end', index },
    ]),
    { type: 'finish', reason: calls.length > 0 ? 'tool-calls' : 'stop', usage: USAGE },
  ];
}

test('what our decoder reads is what was written, streamed or whole', () => {
  fc.assert(
    fc.property(answer, (said) => {
      const events = eventsOf(said);
      const decoder = createChatStreamDecoder();
      const streamed = chunks(encode(events)).flatMap((chunk) => decoder.push(chunk));
      const expected = reread(events);
      expect(reread([...streamed, ...decoder.end()])).toEqual(expected);
      expect(reread(decodeChatResponse(JSON.parse(JSON.stringify(whole(events)))))).toEqual(expected);
    }),
  );
});

test('every chunk has the same frame, the first the role, calls their name once', () => {
  const events: StreamEvent[] = [
    { type: 'tool-call-start', index: 0, id: 'functions.f:0', name: 'f', rawId: 'x' },
    { type: 'tool-call-delta', index: 0, delta: '{"a":' },
    { type: 'tool-call-start', index: 1, id: 'functions.g:1', name: 'g' },
    { type: 'tool-call-delta', index: 0, delta: '1}' },
    { type: 'tool-call-end', index: 0 },
    { type: 'tool-call-delta', index: 1, delta: '{}' },
    { type: 'tool-call-end', index: 1 },
    { type: 'finish', reason: 'tool-calls' },
  ];
  const all = chunks(encode(events));
  for (const chunk of all) {
    expect(chunk).toMatchObject({
      id: 'chatcmpl-abc',
      object: 'chat.completion.chunk',
      created: 7,
      model: 'kimi "k2"',
    });
  }
  const deltas = all.map(({ choices }) => (choices as { delta: unknown }[])[0]?.delta);
  expect(deltas).toEqual([
    { role: 'assistant', content: '' },
    {
      tool_calls: [
        { index: 0, id: 'functions.f:0', type: 'function', function: { name: 'f', arguments: '' } },
      ],
    },
    { tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] },
    {
      tool_calls: [
        { index: 1, id: 'functions.g:1', type: 'function', function: { name: 'g', arguments: '' } },
      ],
    },
    { tool_calls: [{ index: 0, function: { arguments: '1}' } }] },
    { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
    {},
  ]);
});

test('a cut call makes the finish reason length, whatever was reported', () => {
  const events: StreamEvent[] = [
    { type: 'tool-call-start', index: 0, id: 'functions.f:0', name: 'f' },
    { type: 'tool-call-delta', index: 0, delta: '{"a":' },
    {
      type: 'tool-call-invalid',
      reason: 'cut',
      index: 0,
      rawId: 'functions.f:0',
      name: 'f',
      arguments: '{"a":',
    },
    { type: 'finish', reason: 'tool-calls' },
  ];
  expect(chunks(encode(events)).at(-1)).toMatchObject({ choices: [{ finish_reason: 'length' }] });
  const [choice] = whole(events).choices;
  expect(choice).toMatchObject({ finish_reason: 'length', message: { content: '' } });
  expect(choice?.['message']).not.toHaveProperty('tool_calls');
});

test('the arguments of a cut call are spoiled, in every form, and those of no other', () => {
  const written = '{"command":"rm -rf /tmp/a';
  const events: StreamEvent[] = [
    { type: 'tool-call-start', index: 0, id: 'functions.f:0', name: 'f' },
    { type: 'tool-call-delta', index: 0, delta: '{}' },
    { type: 'tool-call-end', index: 0 },
    { type: 'tool-call-start', index: 1, id: 'functions.f:1', name: 'f' },
    { type: 'tool-call-delta', index: 1, delta: written },
    { type: 'tool-call-invalid', reason: 'cut', index: 1, rawId: 'r', name: 'f', arguments: written },
    { type: 'finish', reason: 'length' },
  ];
  const deltas = chunks(encode(events)).flatMap(({ choices }) => {
    const [choice] = choices as {
      delta: { tool_calls?: { index: number; function: { arguments: string } }[] };
    }[];
    return choice?.delta.tool_calls ?? [];
  });
  const argumentsOf = (wanted: number) =>
    deltas.flatMap(({ index, function: { arguments: text } }) => (index === wanted ? text : [])).join('');
  expect(argumentsOf(0)).toBe('{}');
  expect(argumentsOf(1)).toBe(written + spoilerOf(written));
  expect(encode(events.slice(3), { legacy: true })).not.toContain('<cut>');
  expect(
    encode([{ ...events[3]!, index: 0 } as StreamEvent, { ...events[5]!, index: 0 } as StreamEvent], {
      legacy: true,
    }),
  ).toContain('<cut>');
});

test('undeclared calls and bad arguments are handed out as they are, what nobody can name is not shown', () => {
  const bad = '{"a": oops';
  const events: StreamEvent[] = [
    { type: 'tool-call-start', index: 0, id: 'functions.f:0', name: 'f' },
    { type: 'tool-call-delta', index: 0, delta: bad },
    {
      type: 'tool-call-invalid',
      reason: 'invalid-arguments',
      index: 0,
      rawId: 'r',
      name: 'f',
      arguments: bad,
    },
    { type: 'tool-call-start', index: 1, id: 'functions.no:1', name: 'no' },
    { type: 'tool-call-delta', index: 1, delta: '{}' },
    { type: 'tool-call-invalid', reason: 'undeclared', index: 1, rawId: 'r', name: 'no', arguments: '{}' },
    { type: 'tool-call-invalid', reason: 'unresolved', rawId: 'secret', arguments: '{}' },
    { type: 'finish', reason: 'tool-calls' },
  ];
  const streamed = encode(events);
  expect(streamed).not.toContain('secret');
  expect(chunks(streamed).at(-1)).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] });
  expect(whole(events).choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { tool_calls: [{ function: { name: 'f', arguments: bad } }, { function: { name: 'no' } }] },
  });
  const nameless: StreamEvent[] = [events[6]!, { type: 'finish', reason: 'tool-calls' }];
  expect(chunks(encode(nameless)).at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
});

test('old clients get function_call, one at most; calls of custom tools are plain text', () => {
  const events: StreamEvent[] = [
    { type: 'tool-call-start', index: 0, id: 'functions.f:0', name: 'f' },
    { type: 'tool-call-delta', index: 0, delta: '{"input":"a\\nb"}' },
    { type: 'tool-call-end', index: 0 },
    { type: 'tool-call-start', index: 1, id: 'functions.g:1', name: 'g' },
    { type: 'tool-call-delta', index: 1, delta: '{}' },
    { type: 'tool-call-end', index: 1 },
    { type: 'finish', reason: 'tool-calls' },
  ];
  const legacy = encode(events, { legacy: true });
  expect(legacy).toContain('"function_call":{"name":"f","arguments":""}');
  expect(legacy).not.toContain('"g"');
  expect(chunks(legacy).at(-1)).toMatchObject({ choices: [{ finish_reason: 'function_call' }] });
  expect(whole(events, { legacy: true }).choices[0]).toMatchObject({
    message: { function_call: { name: 'f', arguments: '{"input":"a\\nb"}' } },
    finish_reason: 'function_call',
  });
  const custom = { custom: new Set(['f']) };
  const expected = { id: 'functions.f:0', type: 'custom', custom: { name: 'f', input: 'a\nb' } };
  expect(whole(events, custom).choices[0]).toMatchObject({
    message: { tool_calls: [expected, { type: 'function' }] },
  });
  expect(chunks(encode(events, custom))[1]).toMatchObject({
    choices: [{ delta: { tool_calls: [{ index: 0, ...expected }] } }],
  });
});

test('reasoning stays here where the client does not want it', () => {
  const events: StreamEvent[] = [
    { type: 'reasoning-delta', delta: 'hidden' },
    { type: 'reasoning-delta', delta: '', signature: 'proof' },
    { type: 'text-delta', delta: 'seen' },
    { type: 'finish', reason: 'stop' },
  ];
  expect(encode(events, { showReasoning: false })).not.toMatch(/hidden|proof/);
  expect(JSON.stringify(whole(events, { showReasoning: false }))).not.toMatch(/hidden|proof/);
  expect(encode(events)).toContain('"reasoning_content":"hidden"');
});

test('after an error nothing follows, and errors have the words that clients switch on', () => {
  const error = new PerigeeError('context-too-long', 'Too long.', {
    remedy: 'Send less.',
    param: 'messages',
  });
  const encoder = chatFront.createEncoder(options());
  encoder.begin();
  const object = {
    message: 'Too long. Send less.',
    type: 'invalid_request_error',
    param: 'messages',
    code: 'context_length_exceeded',
  };
  expect(encoder.fail(error)).toBe(`data: ${JSON.stringify({ error: object })}\n\n`);
  expect(encoder.fail(error)).toBe('');
  expect(chatFront.encodeError(error, 'req_1')).toEqual({
    status: 400,
    headers: { 'x-request-id': 'req_1' },
    body: { error: object },
  });
  const budget = new PerigeeError('gateway-budget-exceeded', 'Spent.');
  expect(chatFront.encodeError(budget, 'r')).toMatchObject({
    status: 429,
    headers: { 'x-should-retry': 'false' },
    body: { error: { type: 'insufficient_quota', code: 'insufficient_quota' } },
  });
});

test('clients are told not to ask again where only another set-up of the gateway helps, in each protocol', () => {
  for (const front of [chatFront, messagesFront, responsesFront]) {
    const wordOf = (code: ErrorCode) =>
      front.encodeError(new PerigeeError(code, 'No.'), 'r').headers['x-should-retry'];
    for (const code of ['no-api-key', 'wrong-api-key', 'forbidden', 'endpoint-not-found'] as const) {
      expect(wordOf(code), code).toBe('false');
    }
    for (const code of ['server-error', 'overloaded', 'connection-lost', 'rate-limited'] as const) {
      expect(wordOf(code), code).toBeUndefined();
    }
  }
});

test.each([
  ['the host said so', 'the host said so. Send less.'],
  ['is it so?', 'is it so? Send less.'],
  ['it said "so."', 'it said "so." Send less.'],
])('%s: what a host says is a sentence before the remedy', (said, text) => {
  const { body } = chatFront.encodeError(
    new PerigeeError('bad-request', said, { remedy: 'Send less.' }),
    'r',
  );
  expect(body).toMatchObject({ error: { message: text } });
});
