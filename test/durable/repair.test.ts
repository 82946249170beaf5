import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Message, ToolCall } from '../../src/core/index.ts';
import { repairMessages, UNKNOWN_RESULT } from '../../src/durable/index.ts';

const call = (id: string, text = '{}', name = 'f'): ToolCall => ({ id, name, arguments: text });
const answer = (content: string, ...toolCalls: ToolCall[]): Message => ({
  role: 'assistant',
  content,
  ...(toolCalls.length > 0 && { toolCalls }),
});
const result = (toolCallId: string, content: string): Message => ({ role: 'tool', toolCallId, content });
const user = (content: string): Message => ({ role: 'user', content });

test('what is whole stays as it is, reasoning included', () => {
  const messages: Message[] = [
    { role: 'system', content: 'be kind' },
    user('go'),
    { role: 'assistant', content: '', reasoning: 'hm', toolCalls: [call('x'), call('y', '{"a": 1}')] },
    result('y', 'two'),
    result('x', 'one'),
    user('and'),
    answer('done'),
  ];
  const { messages: repaired, repairs } = repairMessages(messages);
  expect(repairs).toEqual([]);
  // The order of results is that of the calls.
  expect(repaired).toEqual([...messages.slice(0, 3), messages[4], messages[3], ...messages.slice(5)]);
});

describe('what is broken is repaired, and told', () => {
  test.each<[string, Message[], Message[], RegExp[]]>([
    [
      'a call without a result',
      [user('go'), answer('', call('x'), call('y')), result('y', 'two')],
      [
        user('go'),
        answer('', call('x'), call('y')),
        { role: 'tool', toolCallId: 'x', name: 'f', content: UNKNOWN_RESULT, isError: true },
        result('y', 'two'),
      ],
      [/^messages\[1\]: the call x has no result/],
    ],
    [
      'a result without a call',
      [
        result('z', 'lost'),
        user('go'),
        answer('no'),
        { role: 'tool', toolCallId: '', name: 'g', content: 'x' },
      ],
      [
        user('Result of a tool call that is not in this conversation (z):\nlost'),
        user('go'),
        answer('no'),
        user('Result of a tool call that is not in this conversation (g):\nx'),
      ],
      [/^messages\[0\]: a result without a call/, /^messages\[3\]: a result without a call/],
    ],
    [
      'a second result of one call',
      [answer('', call('x')), result('x', 'one'), result('x', 'again')],
      [
        answer('', call('x')),
        result('x', 'one'),
        user('Result of a tool call that is not in this conversation (x):\nagain'),
      ],
      [/^messages\[2\]: a result without a call/],
    ],
    [
      'a result that comes late',
      [answer('', call('x')), user('well?'), result('x', 'one')],
      [answer('', call('x')), result('x', 'one'), user('well?')],
      [/^messages\[2\]: the result of x was moved/],
    ],
    [
      'ids that repeat, in one answer and in the next',
      [
        answer('', call('x'), call('x')),
        result('x', '1'),
        result('x', '2'),
        answer('', call('x')),
        result('x', '3'),
      ],
      [
        answer('', call('x'), call('functions.f:1')),
        result('x', '1'),
        result('functions.f:1', '2'),
        answer('', call('functions.f:2')),
        result('functions.f:2', '3'),
      ],
      [
        /tool_calls\[1\]: the id "x" is not the only one and became functions\.f:1/,
        /^messages\[3\]\.tool_calls\[0\]/,
      ],
    ],
    [
      'an id that is missing, where the next free one comes later',
      [
        answer('', call('')),
        result('', '1'),
        answer('', call('functions.f:0')),
        result('functions.f:0', '2'),
      ],
      [
        answer('', call('functions.f:1')),
        result('functions.f:1', '1'),
        answer('', call('functions.f:0')),
        result('functions.f:0', '2'),
      ],
      [/the id "" is not the only one and became functions\.f:1/],
    ],
    [
      'answers without anything, reasoning aside',
      [user('go'), answer(' \n'), { role: 'assistant', content: '', reasoning: 'hm' }, user('hello?')],
      [user('go'), user('hello?')],
      [/^messages\[1\]: an empty answer/, /^messages\[2\]: an empty answer/],
    ],
    [
      'arguments that are no object',
      [answer('', call('x', '{"a":'), call('y', '')), result('x', '1'), result('y', '2')],
      [answer('', call('x'), call('y')), result('x', '1'), result('y', '2')],
      [/tool_calls\[0\]: arguments that are no JSON object/],
    ],
  ])('%s', (_, broken, whole, told) => {
    const { messages, repairs } = repairMessages(broken);
    expect(messages).toEqual(whole);
    expect(repairs).toEqual(told.map((pattern) => expect.stringMatching(pattern)));
  });
});

test('whatever comes in, what comes out is whole, and repairing it again changes nothing', () => {
  const id = fc.constantFrom('', 'x', 'y', 'functions.f:0', 'functions.f:1');
  const anyCall = fc.record({
    id,
    name: fc.constantFrom('f', 'g'),
    arguments: fc.constantFrom('{}', '', '[1]', '{"a":1}'),
  });
  const anyMessage = fc.oneof(
    fc.record({ role: fc.constant('user' as const), content: fc.string() }),
    fc.record({ role: fc.constant('tool' as const), toolCallId: id, content: fc.string() }),
    fc.record({
      role: fc.constant('assistant' as const),
      content: fc.constantFrom('', 'text'),
      toolCalls: fc.array(anyCall, { maxLength: 3 }),
    }),
  );
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 12 }), (broken: Message[]) => {
      const { messages } = repairMessages(broken);
      expect(openEnds(messages)).toEqual([]);
      expect(repairMessages(messages)).toEqual({ messages, repairs: [] });
      // Nothing that somebody said is lost.
      const said = JSON.stringify(messages);
      for (const { role, content } of broken)
        if (role !== 'assistant') expect(said).toContain(JSON.stringify(content).slice(1, -1));
    }),
  );
});

/** What a host would refuse. */
function openEnds(messages: readonly Message[]): string[] {
  const problems: string[] = [];
  const used = new Set<string>();
  let due: string[] = [];
  for (const message of messages) {
    if (message.role === 'tool') {
      if (due.shift() !== message.toolCallId) problems.push(`a result without a call: ${message.toolCallId}`);
      continue;
    }
    if (due.length > 0) problems.push(`calls without results: ${due.join()}`);
    due = [];
    if (message.role !== 'assistant') continue;
    if (message.content === '' && !message.toolCalls?.length) problems.push('an empty answer');
    for (const { id } of message.toolCalls ?? []) {
      if (id === '' || used.has(id)) problems.push(`an id twice: ${id}`);
      used.add(id);
      due.push(id);
    }
  }
  return due.length > 0 ? [...problems, 'calls without results at the end'] : problems;
}
