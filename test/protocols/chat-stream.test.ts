import { expect, test } from 'vitest';
import { PerigeeError } from '../../src/core/index.ts';
import { createChatStreamDecoder, decodeChatResponse } from '../../src/protocols/index.ts';
import { callsOf, decodeChunks, decodeDeltas, fragment, turnOf } from './decode.ts';

test.each([
  ['reasoning_content', { reasoning_content: 'hm' }],
  ['reasoning', { reasoning: 'hm' }],
  ['reasoning_details', { reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] }],
  [
    'a summary',
    {
      reasoning_details: [
        { type: 'reasoning.summary', summary: 'hm' },
        { type: 'reasoning.encrypted', data: 'x' },
      ],
    },
  ],
  ['a part', { content: [{ type: 'thinking', thinking: 'hm' }] }],
  ['an empty field beside', { reasoning_content: '', reasoning: 'hm' }],
  ['two fields with the same text', { reasoning_content: 'hm', reasoning: 'hm' }],
  ['three fields', { reasoning_content: 'hm', reasoning: 'hm', reasoning_details: [{ text: 'hm' }] }],
])('reasoning under %s is read once', (_, delta) => {
  expect(turnOf(decodeDeltas(delta)).reasoning).toBe('hm');
});

test('details that repeat in a later chunk what a string field said are not counted again', () => {
  const events = decodeDeltas({ reasoning: 'a' }, { reasoning_details: [{ text: 'a' }] }, { reasoning: 'b' });
  expect(turnOf(events).reasoning).toBe('ab');
});

test('content is a string, null, or parts', () => {
  const events = decodeDeltas(
    { content: null },
    { content: 'a' },
    { content: [{ type: 'text', text: 'b' }, 'c'] },
    { content: 7 },
  );
  expect(turnOf(events).content).toBe('abc');
});

test('reasoning comes before content and content before calls within one delta', () => {
  const delta = { tool_calls: [fragment(0, 'a', 'f', '{}')], content: 'c', reasoning_content: 'r' };
  expect(
    decodeDeltas(delta)
      .map((event) => event.type)
      .slice(0, 3),
  ).toEqual(['reasoning-delta', 'text-delta', 'tool-call-start']);
});

const USAGE = {
  prompt_tokens: 10,
  completion_tokens: 4,
  cached_tokens: 6,
  prompt_tokens_details: { cached_tokens: 3 },
};
const READ = { inputTokens: 10, cachedInputTokens: 6, outputTokens: 4 };

test.each([
  ['inside the choice', [{ choices: [{ index: 0, delta: {}, usage: USAGE }] }]],
  ['beside the choices', [{ choices: [{ index: 0, delta: {} }], usage: USAGE }]],
  ['in a chunk of its own', [{ choices: [], usage: USAGE }]],
  ['without choices', [{ usage: USAGE }]],
  [
    'several times',
    [
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } },
      { choices: [], usage: USAGE },
      { choices: [], usage: null },
    ],
  ],
])('usage %s is read; the last one wins', (_, chunks) => {
  expect(turnOf(decodeChunks(chunks)).usage).toEqual(READ);
});

test('cached and reasoning tokens are read from the details; nonsense counts as nothing', () => {
  const usage = {
    prompt_tokens: 10,
    completion_tokens: 4,
    prompt_tokens_details: { cached_tokens: 3 },
    completion_tokens_details: { reasoning_tokens: 2 },
  };
  expect(turnOf(decodeChunks([{ choices: [], usage }])).usage).toEqual({
    ...READ,
    cachedInputTokens: 3,
    reasoningTokens: 2,
  });
  const wild = { prompt_tokens: '7', completion_tokens: -1, cached_tokens: 1e308 };
  expect(turnOf(decodeChunks([{ choices: [], usage: wild }])).usage).toBeUndefined();
  // A counter of 32 and one of 64 bits that ran below zero.
  const below = { prompt_tokens: 2 ** 32 - 1, completion_tokens: 2 ** 64 };
  expect(turnOf(decodeChunks([{ choices: [], usage: below }])).usage).toBeUndefined();
});

test('a host that says nothing but zeros does not count: what it really took must be estimated', () => {
  const zeros = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  expect(turnOf(decodeChunks([{ choices: [], usage: zeros }])).usage).toBeUndefined();
  expect(
    turnOf(
      decodeChunks([
        { choices: [], usage: USAGE },
        { choices: [], usage: zeros },
      ]),
    ).usage,
  ).toEqual(READ);
});

test.each([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['content_filter', 'content-filter'],
  ['abort', 'error'],
  ['eos', 'stop'],
])('finish reason %s is %s, and kept raw', (raw, reason) => {
  const events = decodeChunks([{ choices: [{ index: 0, delta: {}, finish_reason: raw }] }]);
  expect(events).toEqual([{ type: 'finish', reason, rawReason: raw }]);
});

test('a stream counts as finished from its finish reason on', () => {
  const decoder = createChatStreamDecoder();
  decoder.push({ choices: [{ index: 0, delta: { content: 'a' }, finish_reason: null }] });
  expect(decoder.finished).toBe(false);
  decoder.push({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  expect(decoder.finished).toBe(true);
});

test('only the first choice is read', () => {
  const events = decodeChunks([
    {
      choices: [
        { index: 1, delta: { content: 'b' } },
        { index: 0, delta: { content: 'a' } },
      ],
    },
  ]);
  expect(turnOf(events).content).toBe('a');
});

test('a whole message in a stream counts only if nothing else came', () => {
  const message = { content: 'ab' };
  expect(turnOf(decodeChunks([{ choices: [{ message }] }])).content).toBe('ab');
  const repeated = decodeChunks([{ choices: [{ delta: { content: 'ab' } }] }, { choices: [{ message }] }]);
  expect(turnOf(repeated).content).toBe('ab');
});

test.each([
  ['an error object', { error: { message: 'tool parser failed', code: 500 } }, 500, true],
  ['an error text', { error: 'tool parser failed' }, undefined, true],
  [
    'an error in the choice',
    { choices: [{ index: 0, error: { message: 'tool parser failed', code: 400 } }] },
    400,
    false,
  ],
  ['an error chunk', { object: 'error', message: 'tool parser failed', code: 502 }, 502, true],
  ['a flat error', { code: 20015, message: 'tool parser failed', data: null }, undefined, true],
])('%s breaks the stream off with the host’s words', (_, chunk, status, retryable) => {
  const decoder = createChatStreamDecoder();
  const error = thrown(() => decoder.push(chunk));
  expect(error).toMatchObject({ code: 'stream-error', status, retryable });
  expect(error.message).toBe('The host broke the answer off: tool parser failed');
});

test('markers and control characters do not reach the message', () => {
  const message = 'bad <|tool_call_begin|>functions.f:0<|tool_call_arg\u001b[31m\nend <|tool_ca';
  const error = thrown(() => createChatStreamDecoder().push({ error: { message } }));
  expect(error.message).not.toMatch(/<\||\u001b|\n/);
  expect(error.message).toContain('functions.f:0');
});

test('objects that are no chunks are ignored', () => {
  const events = decodeChunks([
    { type: 'ping' },
    { id: 'c1' },
    null,
    'text',
    7,
    [],
    { choices: 'no' },
    { choices: [null, 3] },
    { error: null, choices: [] },
  ]);
  expect(events).toEqual([{ type: 'finish', reason: 'stop' }]);
});

test('a whole response reads like a stream, each entry a call', () => {
  const message = {
    reasoning_content: 'r',
    content: 'c',
    tool_calls: [fragment(undefined, 'a', 'f', '{}'), fragment(undefined, 'a', 'f', { x: 1 })],
  };
  const events = decodeChatResponse({ choices: [{ message, finish_reason: 'stop' }], usage: USAGE });
  expect(callsOf(events)).toEqual(['f({})', 'f({"x":1})']);
  expect(turnOf(events)).toMatchObject({
    reasoning: 'r',
    content: 'c',
    usage: READ,
    rawFinishReason: 'stop',
  });
  expect(thrown(() => decodeChatResponse({ error: 'no' }))).toMatchObject({ code: 'stream-error' });
});

function thrown(run: () => unknown): PerigeeError {
  try {
    run();
  } catch (error) {
    if (error instanceof PerigeeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
