import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { historyStage } from '../../src/conform/index.ts';
import type { Message } from '../../src/core/index.ts';
import { workedMs } from '../work-time.ts';
import { anyMessages, applied, call, result, turn, user } from './fixtures.ts';

const LOST = 'There is no result: this call was not run, or its result was lost.';

function repaired(...messages: Message[]) {
  const { sent, actions, untouched } = applied(historyStage, { messages });
  return { messages: sent.messages, actions, untouched };
}

describe('a history that hosts take stays the same object', () => {
  test.each<[string, Message[]]>([
    ['none', []],
    ['parallel calls', [user(), turn(call('a'), call('b')), result('a'), result('b'), user('next')]],
    ['ids that repeat in a later turn', [turn(call('a')), result('a'), turn(call('a')), result('a')]],
    ['an answer of reasoning alone', [user(), { role: 'assistant', content: '', reasoning: 'r' }]],
  ])('%s', (_, messages) => {
    expect(repaired(...messages).untouched).toBe(true);
  });
});

test.each([
  ['a fence', '```json\n{"a":1}\n```', '{"a":1}'],
  ['a trailing comma', '{"a":1,}', '{"a":1}'],
  ['single quotes', "{'a':True}", '{"a":true}'],
  ['a raw line break', '{"a":"x\ny"}', '{"a":"x\\ny"}'],
])('arguments that can mean one object only are sent as it: %s', (_, written, sent) => {
  const { messages, actions } = repaired(turn(call('a', 'run', written)), result('a', 'done'));
  expect(messages).toEqual([turn(call('a', 'run', sent)), result('a', 'done')]);
  expect(actions).toEqual(['arguments']);
});

describe('results', () => {
  test('of no call become text of the user', () => {
    const { messages, actions } = repaired(user(), result('functions.run:0', 'x'), user('b'));
    expect(messages).toEqual([
      user(),
      user('[Result of a tool call that is not in this conversation]\nx'),
      user('b'),
    ]);
    expect(actions).toEqual(['orphaned']);
  });

  test('that stand before their call, or are empty without one, do not pass for its result', () => {
    const { messages } = repaired(result('a', 'early'), result('z', ' '), turn(call('a')));
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
    expect(messages[2]!.content).toBe(LOST);
  });

  test('move directly behind their calls, in the order of the calls; what stood between comes after', () => {
    const { messages, actions } = repaired(
      turn(call('a'), call('b')),
      user('between'),
      result('b', '2'),
      { role: 'assistant', content: 'said' },
      result('a', '1'),
    );
    expect(messages).toEqual([
      turn(call('a'), call('b')),
      result('a', '1'),
      result('b', '2'),
      user('between'),
      { role: 'assistant', content: 'said' },
    ]);
    expect(actions).toEqual(['moved']);
  });

  test('that are missing are said to be missing', () => {
    const { messages, actions } = repaired(user(), turn(call('a'), call('b')), result('b'), user('stop'));
    expect(messages.slice(2)).toEqual([{ ...result('a', LOST), isError: true }, result('b'), user('stop')]);
    expect(actions).toEqual(['missing']);
  });

  test('go to the nearest earlier turn that carries their id', () => {
    const { messages } = repaired(
      turn(call('a')),
      result('a', 'first'),
      turn(call('a')),
      user('between'),
      result('a', 'second'),
    );
    expect(messages.map(({ content }) => content)).toEqual(['', 'first', '', 'second', 'between']);
  });

  test('of calls with one id in one turn go to them in order', () => {
    const messages = [turn(call('a'), call('a')), result('a', '1'), user('u'), result('a', '2')];
    expect(repaired(...messages).messages.map(({ content }) => content)).toEqual(['', '1', '2', 'u']);
  });

  test('that repeat are dropped if they are the same and kept as text if not', () => {
    const { messages, actions } = repaired(
      turn(call('a')),
      result('a', 'x'),
      result('a', 'x'),
      result('a', 'y'),
    );
    expect(messages.slice(1)).toEqual([
      result('a', 'x'),
      user('[Further result of an earlier tool call]\ny'),
    ]);
    expect(actions).toEqual(['repeated']);
  });

  test.each([
    ['functions.run:0', 'functions_run_0'],
    ['functions_run_0', 'functions.run:0'],
    ['functions.run:0', 'functions.run:0_2'],
    ['call-1', 'call_1'],
    ['call_1', ''],
  ])('a call %s is answered by a result whose id became %j', (id, changed) => {
    const { messages } = repaired(turn(call(id)), result(changed, 'x'));
    expect(messages).toEqual([turn(call(id)), result(id, 'x')]);
  });

  test('without an id go to the call of the tool that they name', () => {
    const { messages } = repaired(turn(call('a', 'run'), call('b', 'read')), { ...result(''), name: 'read' });
    expect(messages.slice(1).map(({ content }) => content)).toEqual([LOST, 'ok']);
  });

  test('whose id merely begins like that of a call are not its results', () => {
    const { actions } = repaired(turn(call('call_1')), user(), result('call_10'));
    expect(actions).toEqual(['missing', 'orphaned']);
  });

  test('whose ids are all unknown go by position, right behind as many calls', () => {
    const calls = turn(call('a'), call('b', 'read'));
    expect(repaired(calls, result('x', '1'), result('y', '2'), user()).messages).toEqual([
      calls,
      result('a', '1'),
      result('b', '2'),
      user(),
    ]);
  });

  test.each<[string, Message[]]>([
    ['there are more of them', [result('x'), result('y')]],
    ['one names another tool', [{ ...result('x'), name: 'read' }]],
    ['an id names another tool', [result('functions.read:0')]],
    ['something stands between', [user(), result('x')]],
  ])('whose ids are unknown do not go by position if %s', (_, rest) => {
    const { actions } = repaired(turn(call('a')), ...rest);
    expect(actions).toEqual(expect.arrayContaining(['missing', 'orphaned']));
  });
});

describe('arguments', () => {
  test.each([
    ['', '{}'],
    [' \n', '{}'],
    ['"{\\"a\\": 1}"', '{"a": 1}'],
  ])('%j are sent as %j, and nothing is lost', (written, sent) => {
    const { messages } = repaired(turn(call('a', 'run', written)), result('a'));
    expect(messages).toEqual([turn(call('a', 'run', sent)), result('a')]);
  });

  test.each(['{"c":"l', '[1]', 'null', '1', '"{"', '{"a":NaN}', '['.repeat(100_000)])(
    '%.20j are sent as {} and told with the result',
    (written) => {
      const { messages, actions } = repaired(turn(call('a', 'run', written)), result('a', 'error'));
      expect(messages[0]).toEqual(turn(call('a')));
      expect(messages[1]!.content).toContain(`written as: ${written.slice(0, 1000)}`);
      expect(messages[1]!.content).toMatch(/\]\nerror$/);
      expect((messages[1]!.content as string).length).toBeLessThan(1200);
      expect(actions).toEqual(['arguments']);
    },
  );
});

describe('blank content', () => {
  test('empty answers are left out, blank text beside calls and media too', () => {
    const image = { type: 'image', url: 'data:,' } as const;
    const { messages } = repaired(
      user([{ type: 'text', text: ' ' }, image]),
      { role: 'assistant', content: [] },
      { ...turn(call('a')), content: [{ type: 'text', text: '\n' }] },
      result('a'),
    );
    expect(messages).toEqual([user([image]), turn(call('a')), result('a')]);
  });
});

describe('messages that say nothing, which Moonshot answers with 400', () => {
  const EMPTY = '[This message is empty]';
  const system = (content: string): Message => ({ role: 'system', content });

  test('of the system are left out, of the user a text says so, so that no answer stands last', () => {
    const answer: Message = { role: 'assistant', content: 'a' };
    const { messages, actions } = repaired(system(' '), user(), answer, user([{ type: 'text', text: '\n' }]));
    expect(messages).toEqual([user(), answer, user(EMPTY)]);
    expect(actions).toEqual(['emptied']);
  });

  test('leave one message where there is no other', () => {
    for (const message of [system(''), user(''), user([])] as const) {
      expect(repaired(message).messages).toEqual([user(EMPTY)]);
    }
  });
});

test('a note names the first place and says how many there are', () => {
  const { notes } = applied(historyStage, {
    messages: [user(), result('a', 'secret'), result('b', 'secret')],
  });
  expect(notes).toEqual([
    {
      stage: 'history',
      action: 'orphaned',
      text: 'messages[1] (and 1 more) is the result of no call of this conversation: it goes as text of the user.',
    },
  ]);
});

describe('laws, for any messages', () => {
  const out = (messages: Message[]) => repaired(...messages).messages;

  test('each turn is followed by its results in order, and nothing else is a result', () => {
    fc.assert(
      fc.property(anyMessages, (given) => {
        const messages = out(given);
        for (let at = 0; at < messages.length; at++) {
          const message = messages[at]!;
          expect(message.role).not.toBe('tool');
          if (message.role !== 'assistant') continue;
          for (const { id, arguments: text } of message.toolCalls ?? []) {
            expect(messages[++at]).toMatchObject({ role: 'tool', toolCallId: id });
            expect(JSON.parse(text)).toBeTypeOf('object');
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('what is repaired needs no repair', () => {
    fc.assert(
      fc.property(anyMessages, (given) => {
        expect(repaired(...out(given)).untouched).toBe(true);
      }),
    );
  });

  test('calls stay, in their order, and so does whatever users and models said', () => {
    const calls = (messages: readonly Message[]) =>
      messages.flatMap((m) =>
        m.role === 'assistant' ? (m.toolCalls ?? []).map(({ id, name }) => [id, name]) : [],
      );
    const said = (messages: readonly Message[]) =>
      messages
        .filter((m) => (m.role === 'user' || m.role === 'system') && !/^\s*$/.test(m.content as string))
        .map((m) => JSON.stringify(m.content));
    fc.assert(
      fc.property(anyMessages, (given) => {
        const messages = out(given);
        expect(calls(messages)).toEqual(calls(given));
        if (given.every(({ content }) => typeof content === 'string')) {
          expect(said(messages)).toEqual(expect.arrayContaining(said(given)));
        }
      }),
    );
  });
});

test('10,000 parallel calls with one id, and as many results, take no time worth speaking of', () => {
  const many = Array.from({ length: 10_000 }, (_, at) => `${at}`);
  const started = process.cpuUsage();
  const { messages } = repaired(
    turn(...many.map(() => call('same'))),
    user('between'),
    ...many.map((text) => result('same', text)),
  );
  expect(messages[10_000]!.content).toBe('9999');
  expect(workedMs(started)).toBeLessThan(10_000);
});
