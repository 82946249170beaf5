import { describe, expect, test } from 'vitest';
import {
  conversationOf,
  forkPoint,
  readRecordName,
  summarise,
  UNKNOWN_RESULT,
} from '../../src/durable/index.ts';
import { end, prompt, recorded, result, TWO_RUNS, turn } from './run-records.ts';
import { all } from './sessions.ts';
import { onBothStores } from './stores.ts';

test('names say where a record belongs', () => {
  expect(readRecordName('run-0/prompt')).toEqual({ run: 0, part: 'prompt' });
  expect(readRecordName('run-2/step-12/turn')).toEqual({ run: 2, step: 12, part: 'turn' });
  expect(readRecordName('run-0/step-1/call-3')).toEqual({ run: 0, step: 1, call: 3, part: 'call' });
  expect(readRecordName('run-0/step-1/call-3/approval')).toEqual({
    run: 0,
    step: 1,
    call: 3,
    part: 'approval',
  });
  for (const foreign of ['', 'run-x/prompt', 'other', 'run-0', 'run-0/'])
    expect(readRecordName(foreign)).toBe(undefined);
});

describe('the conversation of records', () => {
  test('has results in the order of the calls, and an answer for the call that nobody knows about', () => {
    const said = conversationOf(TWO_RUNS).map((message) =>
      message.role === 'tool' ? [message.toolCallId, message.content] : [message.role, message.content],
    );
    expect(said).toEqual([
      ['user', 'go'],
      ['assistant', 'both'],
      ['functions.a:00', 'one'],
      ['functions.b:01', 'two'],
      ['assistant', 'done'],
      ['user', 'again'],
      ['assistant', 'one more'],
      ['functions.a:00', UNKNOWN_RESULT],
    ]);
  });

  test('has what was put in before a turn, and the note behind its results', () => {
    const steered = [{ role: 'user', content: 'hurry' }];
    const note = { role: 'user', content: 'a call was cut' };
    const messages = conversationOf(
      recorded(prompt(0, 'go'), turn(0, 0, 'yes', ['a'], { steered, note }), result(0, 0, 0, 'a', 'one')),
    );
    expect(messages.map(({ role, content }) => `${role} ${content}`)).toEqual([
      'user go',
      'user hurry',
      'assistant yes',
      'tool one',
      'user a call was cut',
    ]);
  });

  test('passes over what it does not know, and turns without a message', () => {
    const { message: _, ...silent } = turn(0, 0, '')[1];
    const foreign = recorded(
      ['other', { messages: [{ role: 'user', content: 'no' }] }],
      ['run-0/prompt', 'text'],
      ['run-0/step-0/turn', silent],
      ['run-0/step-0/call-0', null],
      ['run-0/new/thing', []],
    );
    expect(conversationOf(foreign)).toEqual([]);
  });
});

const calls = [
  { index: 0, id: 'functions.a:0', name: 'a', arguments: '{"x":1}' },
  { index: 1, id: 'functions.b:1', name: 'b', arguments: '{}', preview: 'it would' },
];
const asked = [
  prompt(0, 'go'),
  turn(0, 0, 'both', ['a', 'b']),
  ['run-0/step-0/approvals', { calls }],
] as const;

describe('the summary', () => {
  const none = { queued: 0, delivered: [] };

  test('counts, adds up and says what the last run is at', () => {
    expect(summarise(TWO_RUNS, none)).toMatchObject({
      records: 10,
      runs: 2,
      steps: 3,
      calls: 2,
      cost: 0.75,
      model: 'kimi-k2.6',
      lastAt: 1009,
      isUnfinished: true,
      finishReason: undefined,
    });
    expect(summarise(TWO_RUNS.slice(0, 7), none)).toMatchObject({
      isUnfinished: false,
      finishReason: 'stop',
    });
    expect(summarise([], none)).toMatchObject({ records: 0, cost: undefined, isUnfinished: false });
  });

  test('names the calls that wait, until they are answered, done or nobody asks any more', () => {
    const waiting = (records: Parameters<typeof summarise>[0], delivered: string[] = []) =>
      summarise(records, { queued: 0, delivered }).waiting.map(({ id }) => id);
    expect(waiting(recorded(...asked))).toEqual(['functions.a:0', 'functions.b:1']);
    expect(waiting(recorded(...asked), ['run-0/step-0/call-0/approval'])).toEqual(['functions.b:1']);
    expect(waiting(recorded(...asked, ['run-0/step-0/call-1/approval', { approved: false }]))).toEqual([
      'functions.a:0',
    ]);
    expect(waiting(recorded(...asked, result(0, 0, 0, 'a', 'one')))).toEqual(['functions.b:1']);
    expect(waiting(recorded(...asked, end(0, 'aborted')))).toEqual([]);
  });
});

describe('a fork', () => {
  test.each([
    [undefined, { seq: 8, step: 'run-0/step-1', cut: 'run-1/step-0' }],
    ['0', { seq: 5, step: 'run-0/step-0', cut: undefined }],
    ['run-0/step-0', { seq: 5, step: 'run-0/step-0', cut: undefined }],
    ['1', { seq: 6, step: 'run-0/step-1', cut: undefined }],
    ['run-1/step-0', { seq: 8, step: 'run-0/step-1', cut: 'run-1/step-0' }],
  ])('at %s is whole', async (at, point) => {
    expect(await forkPoint(TWO_RUNS, at)).toEqual(point);
  });

  test.each(['3', 'run-0/step-2', '-1', 'x', 'run-0/prompt'])(
    'at %s, where there is no step, is refused',
    async (at) => {
      await expect(forkPoint(TWO_RUNS, at)).rejects.toMatchObject({
        code: 'invalid-options',
        remedy: expect.stringContaining('from 0 to 2, or a name as in run-1/step-0'),
      });
    },
  );

  test('of a session that is at its end takes all along, and of one without steps what there is', async () => {
    expect(await forkPoint(TWO_RUNS.slice(0, 7))).toEqual({ seq: 7, step: 'run-0/step-1', cut: undefined });
    expect(await forkPoint(TWO_RUNS.slice(0, 1))).toEqual({ seq: 1, step: undefined, cut: undefined });
    expect(await forkPoint([])).toEqual({ seq: 0, step: undefined, cut: undefined });
    await expect(forkPoint([], '0')).rejects.toMatchObject({ remedy: 'It has no steps at all.' });
  });

  test.each(TWO_RUNS.map((_, count) => count))(
    'of the first %i records has no call without its result',
    async (count) => {
      const records = TWO_RUNS.slice(0, count);
      const { seq } = await forkPoint(records);
      expect(JSON.stringify(conversationOf(records.slice(0, seq)))).not.toContain('was not recorded');
    },
  );
});

onBothStores('a session in a store', (freshPlace) => {
  const freshStore = async () => (await freshPlace()).store();

  test('has the summary of its records, and of what stands beside them', async () => {
    const store = await freshStore();
    const records = [...TWO_RUNS.slice(0, 7), ...recorded(prompt(1, 'again'), ...asked.slice(1))].map(
      (record, position) => ({ ...record, seq: position + 1 }),
    );
    records[8] = { ...records[8]!, name: 'run-1/step-0/turn' };
    records[9] = { ...records[9]!, name: 'run-1/step-0/approvals' };
    await store.create('one', records);
    const { createdAt, ...summary } = await (await store.reach('one')).summary();
    expect(createdAt).toBeGreaterThan(1_700_000_000_000);
    expect(summary).toEqual(JSON.parse(JSON.stringify(summarise(records, { queued: 0, delivered: [] }))));
    expect(summary.waiting).toHaveLength(2);
  });

  test('has a fork that is a session of its own, with what was in line by then, also while somebody works on the first', async () => {
    const store = await freshStore();
    await store.create('one', TWO_RUNS);
    const session = await store.open('one');
    await session.queue({ when: 'now', message: { role: 'user', content: 'later than the fork' } });
    expect(await store.fork('one', 'two', '0')).toMatchObject({ seq: 5 });
    await expect(store.fork('one', 'two')).rejects.toThrow('There is a session "two" already');
    await session.close();
    const copy = await store.open('two');
    expect(await all(copy.records())).toEqual(TWO_RUNS.slice(0, 5));
    expect(await copy.queued(0)).toEqual([]);
    expect(await copy.step('run-0/step-1/turn', async () => 'another way')).toBe('another way');
    await copy.close();
    const { forkedFrom, records } = await (await store.reach('two')).summary();
    expect([forkedFrom, records]).toEqual(['one run-0/step-0', 6]);
  });

  test('has a fork that is another run to the services that its tools call', async () => {
    const store = await freshStore();
    const session = await store.open('one');
    await session.step('run-0/prompt', async () => ({ id: 'the first', messages: [], model: 'm' }));
    await session.close();
    await store.fork('one', 'two');
    const copy = await store.open('two');
    const { id, ...rest } = await copy.step<{ id: string }>('run-0/prompt', async () => ({ id: 'none' }));
    await copy.close();
    expect([id, rest]).toEqual([expect.stringMatching(/^[\da-f-]{36}$/), { messages: [], model: 'm' }]);
  });

  test('has a fork that takes along what was in line and delivered before', async () => {
    const store = await freshStore();
    const session = await store.open('one');
    await session.queue({ when: 'now', message: { role: 'user', content: 'early' } });
    await session.deliver('run-0/step-0/call-0/approval', { approved: true });
    for (const { name, value } of TWO_RUNS.slice(0, 5)) await session.step(name, async () => value);
    await session.wait('run-0/step-0/call-0/approval');
    await session.close();
    await store.fork('one', 'two');
    const copy = await store.open('two');
    expect((await copy.queued(0)).map(({ message }) => message.content)).toEqual(['early']);
    expect(await copy.deliver('run-0/step-0/call-0/approval', { approved: false })).toEqual({ first: false });
    await copy.close();
  });
});
