import { expect, test } from 'vitest';
import { rawUpstream } from '../../src/upstream/index.ts';
import { askOnce } from '../../src/verify/wire/ask-once.ts';
import { answerStream, chunk, serve, sse } from '../upstream/server.ts';

/** What is seen of an answer that is sent as it stands. */
async function seen(text: string, mode: 'stream' | 'whole' = 'stream') {
  const { baseUrl } = await serve((response) => answerStream(response, text));
  const sender = rawUpstream({ baseUrl, model: 'm', protocol: 'openai-chat' });
  const tools = [{ name: 'ls', description: '', parameters: { type: 'object' } }];
  let clock = 0;
  return askOnce(sender, {}, mode, tools, { now: () => clock++, signal: new AbortController().signal });
}

function part(index: unknown, id: string | undefined, name: string | undefined, text: string) {
  return chunk({ tool_calls: [{ index, id, function: { name, arguments: text } }] });
}

test('calls that share an index are told apart by their ids, and their pieces stay with them', async () => {
  const { answer } = await seen(
    sse(
      part(0, 'a', 'ls', '{"x"'),
      part(0, undefined, undefined, ':1}'),
      part(0, 'b', 'ls', '{"y"'),
      part(0, undefined, undefined, ':2}'),
      chunk({}, 'tool_calls'),
      '[DONE]',
    ),
  );
  expect(answer).toMatchObject({
    oddIndexes: true,
    calls: [
      { id: 'a', name: 'ls', arguments: '{"x":1}', pieces: 2 },
      { id: 'b', name: 'ls', arguments: '{"y":2}', pieces: 2 },
    ],
  });
});

test('calls without an index are counted as they come', async () => {
  const { answer } = await seen(
    sse(
      part(undefined, 'a', 'ls', '{}'),
      part(undefined, 'b', 'ls', '{'),
      part(undefined, undefined, undefined, '}'),
      chunk({}, 'tool_calls'),
      '[DONE]',
    ),
  );
  expect(answer).toMatchObject({
    oddIndexes: true,
    calls: [
      { id: 'a', arguments: '{}' },
      { id: 'b', arguments: '{}' },
    ],
  });
});

test('parallel calls may interleave', async () => {
  const { answer } = await seen(
    sse(
      part(0, 'a', 'ls', '{'),
      part(1, 'b', 'ls', '{'),
      part(0, undefined, undefined, '}'),
      part(1, undefined, undefined, '}'),
      chunk({}, 'tool_calls'),
      '[DONE]',
    ),
  );
  expect(answer).toMatchObject({ oddIndexes: false, calls: [{ arguments: '{}' }, { arguments: '{}' }] });
});

test('reasoning under either name, with the other one empty or null', async () => {
  for (const delta of [
    { reasoning: 'R', reasoning_content: '' },
    { reasoning_content: 'R', reasoning: null },
  ]) {
    const { answer } = await seen(sse(chunk(delta), chunk({ content: 'C' }), chunk({}, 'stop'), '[DONE]'));
    expect(answer).toMatchObject({ reasoning: 'R', content: 'C', done: true });
  }
});

test('an error of null is none, and an error in the stream is one', async () => {
  const good = await seen(sse({ ...chunk({ content: 'a' }), error: null }, chunk({}, 'stop'), '[DONE]'));
  expect(good.problem).toBeUndefined();
  const bad = await seen(sse(chunk({ content: 'a' }), { error: { message: 'engine died' } }));
  expect(bad).toMatchObject({
    problem: { code: 'stream-error', message: 'engine died' },
    answer: { content: 'a' },
  });
});

test.each([
  ['an empty body', '', 'stream-cut'],
  ['words', 'Hello there', 'not-json'],
  ['broken JSON', '{"choices":[', 'stream-cut'],
])('%s instead of a stream', async (_, text, code) => {
  expect((await seen(text)).problem).toMatchObject({ code });
});

test.each([
  ['an empty body', ''],
  ['a page', '<html>'],
  ['no choices', '{}'],
  ['choices of null', '{"choices":[null]}'],
  ['a list', '[]'],
])('%s instead of an answer', async (_, text) => {
  expect((await seen(text, 'whole')).problem).toMatchObject({ code: 'not-json' });
});

test('whatever stands in the fields of an answer, reading it does not fail', async () => {
  const odd = {
    content: 5,
    reasoning_content: [],
    tool_calls: [null, 7, {}, { id: 3, function: 'x' }, { function: { name: 1, arguments: {} } }],
  };
  const whole = JSON.stringify({
    choices: [{ message: odd, finish_reason: 9 }],
    usage: { prompt_tokens: 'x' },
  });
  expect(await seen(whole, 'whole')).toMatchObject({ answer: { content: '', finishReason: null } });
  expect(await seen(sse(chunk(odd), { choices: 5 }, 7, 'null', '[DONE]'))).toMatchObject({
    answer: { content: '', done: true },
  });
});

test('a page instead of a stream is unreadable, and no stream that broke off', async () => {
  const { answer, problem } = await seen('<html><body>Welcome to nginx</body></html>');
  expect(answer).toBeUndefined();
  expect(problem).toMatchObject({ code: 'not-json', message: expect.stringContaining('Welcome to nginx') });
});

test('of an answer without end nothing is kept', async () => {
  const part = sse(chunk({ content: 'x'.repeat(8 * 1024 * 1024) }));
  const { answer, problem } = await seen(part.repeat(9));
  expect(answer).toBeUndefined();
  expect(problem).toMatchObject({ code: 'stream-error', message: 'The answer has no end.' });
});
