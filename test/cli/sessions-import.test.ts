import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { conversationOf, sqliteSessions } from '../../src/durable/index.ts';
import { TWO_RUNS } from '../durable/run-records.ts';
import { all } from '../durable/sessions.ts';
import { folderWith, perigee } from './command.ts';

/** Imports a text as the session `one`, and reads it. */
async function imported(text: string) {
  const dataDir = folderWith({ file: text });
  const file = join(dataDir, 'file');
  const ran = await perigee(['sessions', 'import', 'one', file, '--data-dir', dataDir]);
  const store = sqliteSessions({ dataDir });
  const there = (await store.names()).includes('one');
  const records = there ? await all((await store.reach('one')).records()) : undefined;
  return {
    ...ran,
    stderr: ran.stderr.replaceAll(file, 'FILE'),
    records,
    messages: records && conversationOf(records),
  };
}

const USER = { role: 'user', content: 'go' };
const WHOLE = [
  USER,
  {
    role: 'assistant',
    content: null,
    reasoning_content: 'hm',
    tool_calls: [{ id: 'x', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
  },
  { role: 'tool', tool_call_id: 'x', content: 'one' },
];

describe('messages of OpenAI chat become a session', () => {
  test.each([
    ['an array', JSON.stringify(WHOLE, null, 2)],
    ['a request', JSON.stringify({ model: 'kimi-k2', temperature: 1, messages: WHOLE })],
    ['one a line', WHOLE.map((message) => JSON.stringify(message)).join('\n')],
    ['an array behind a byte order mark', `\ufeff${JSON.stringify(WHOLE)}`],
  ])('as %s', async (_, text) => {
    const { code, stdout, stderr, messages, records } = await imported(text);
    expect([code, stdout, stderr]).toEqual([0, 'Imported one: 3 messages.\n', '']);
    expect(messages).toEqual([
      USER,
      {
        role: 'assistant',
        content: '',
        reasoning: 'hm',
        toolCalls: [{ id: 'x', name: 'f', arguments: '{"a":1}' }],
      },
      { role: 'tool', toolCallId: 'x', content: 'one' },
    ]);
    expect(records?.map(({ name }) => name)).toEqual(['run-0/prompt', 'run-0/end']);
  });

  test('with each repair told', async () => {
    const { code, stderr, messages } = await imported(
      JSON.stringify([...WHOLE.slice(0, 2), { role: 'assistant', content: '' }]),
    );
    expect(code).toBe(0);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringContaining('messages[1]: the call x has no result'),
      expect.stringContaining('messages[2]: an empty answer'),
    ]);
    expect(messages?.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
  });
});

describe('an exported session comes back', () => {
  const LINES = TWO_RUNS.map((record) => JSON.stringify(record));

  test('up to a last line that is half written, wherever it was cut', async () => {
    const last = LINES.at(-1)!;
    for (const cut of [1, 10, last.length - 1]) {
      const { code, stderr, records } = await imported(
        [...LINES.slice(0, -1), last.slice(0, cut)].join('\n'),
      );
      expect([code, stderr]).toEqual([0, 'FILE: line 10 is half written and was left out.\n']);
      expect(records).toEqual(TWO_RUNS.slice(0, -1));
    }
  });

  test('also when it is a single record', async () => {
    expect((await imported(`${LINES[0]}\n`)).records).toEqual(TWO_RUNS.slice(0, 1));
  });
});

describe('what is no conversation is refused, and leaves nothing behind', () => {
  test.each([
    ['nothing', '', /holds nothing/],
    ['text', 'Hello.', /Line 1 of FILE is not JSON/],
    [
      'a broken line in the middle',
      `${JSON.stringify(TWO_RUNS[0])}\n{"se\n${JSON.stringify(TWO_RUNS[1])}`,
      /Line 2 of FILE/,
    ],
    ['a number', '5', /holds no messages/],
    ['an object of something else', '{"a": 1}', /no record of a session/],
    ['an unknown role', '[{"role":"robot","content":"x"}]', /messages\[0\]\.role.*robot/],
    ['no messages at all', '[]', /messages.*is empty/],
    [
      'a record twice',
      `${JSON.stringify(TWO_RUNS[0])}\n${JSON.stringify(TWO_RUNS[0])}`,
      /Two records have the name/,
    ],
  ])('%s', async (_, text, message) => {
    const { code, stdout, stderr, records } = await imported(text);
    expect([code, stdout, records]).toEqual([1, '', undefined]);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('(session-invalid)');
  });
});
