import { describe, expect, test } from 'vitest';
import { conform } from '../../src/conform/index.ts';
import { isLasting, type ModelRequest, markLasting, type Note } from '../../src/core/index.ts';
import {
  chatFront,
  encodeChatRequest,
  encodeMessagesRequest,
  messagesFront,
  responsesFront,
} from '../../src/protocols/index.ts';

/** The same value, of which nothing was kept. */
const fresh = <T>(value: T): T => structuredClone(value);

const parameters = { type: 'object', properties: { city: { type: 'string', pattern: '^[A-Z]' } } };

/** A list of tools, declared to last as one that a client sends again. */
function lasting(tools: readonly object[]): readonly object[] {
  return markLasting(tools.map((tool) => markLasting(fresh(tool))));
}

const fronts = {
  'OpenAI Chat': {
    tools: [
      { type: 'function', function: { name: 'run', parameters } },
      { type: 'custom', custom: { name: 'write' } },
    ],
    read: (tools: readonly object[]) =>
      chatFront.decodeRequest({ model: 'k', messages: [{ role: 'user', content: 'Hi' }], tools }),
  },
  'Anthropic Messages': {
    tools: [
      { name: 'run', input_schema: parameters, input_examples: [{ city: 'Paris' }] },
      { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' },
      { type: 'bash_20250124', name: 'bash' },
    ],
    read: (tools: readonly object[], messages: readonly object[] = [{ role: 'user', content: 'Hi' }]) =>
      messagesFront.decodeRequest({ model: 'k', max_tokens: 9, messages, tools }),
  },
  'OpenAI Responses': {
    tools: [
      { type: 'function', name: 'run', parameters },
      { type: 'custom', name: 'write' },
      { type: 'web_search' },
      { type: 'namespace', name: 'mail', description: 'Mail.', tools: [{ type: 'function', name: 'send' }] },
    ],
    read: (tools: readonly object[], input: unknown = 'Hi') =>
      responsesFront.decodeRequest({ model: 'k', input, tools }),
  },
};

describe.each(Object.entries(fronts))('tools that come again over %s', (_, { tools, read }) => {
  test('are read once, and as if they were new', () => {
    const again = lasting(tools);
    const anew = read(fresh(tools));
    for (const time of [1, 2]) expect([time, read(again)]).toStrictEqual([time, anew]);
    expect(read(again).request.tools).toBe(read(again).request.tools);
    expect(isLasting(read(again).request.tools!)).toBe(true);
    expect(isLasting(read(fresh(tools)).request.tools!)).toBe(false);
  });

  test('are read again when one of them is another', () => {
    const [first, ...rest] = lasting(tools);
    read(markLasting([first!, ...rest]));
    const other = markLasting([...rest, first!]);
    expect(read(other)).toStrictEqual(read(fresh(other)));
  });

  test('with a fault are refused each time', () => {
    const faulty = lasting([{ ...tools[0], name: 7, function: { name: 7 } }]);
    for (const time of [1, 2]) expect(() => read(faulty), `time ${time}`).toThrowError(/name/);
  });
});

test('the conversation changes a list over Anthropic that lasts', () => {
  const { tools, read } = fronts['Anthropic Messages'];
  const again = lasting(tools);
  const all = read(again).request.tools;
  const removal = { type: 'tool_removal', tool: { name: 'bash' } };
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'system', content: [removal] },
  ];
  const names = () => read(again, messages).request.tools?.map(({ name }) => name);
  expect([names(), names()]).toEqual([['run'], ['run']]);
  expect(read(again).request.tools).toBe(all);
});

test('a search adds to a list over Responses that lasts, for its own request', () => {
  const { tools, read } = fronts['OpenAI Responses'];
  const again = lasting(tools);
  const found = { type: 'additional_tools', tools: [{ type: 'function', name: 'look' }] };
  const names = (input: unknown) => read(again, input).request.tools?.map(({ name }) => name);
  const plain = names('Hi');
  expect(names([{ role: 'user', content: 'Hi' }, found])).toEqual([...plain!, 'look']);
  expect(names('Hi')).toEqual(plain);
});

describe('tools that last are fitted to a host', () => {
  const tools = markLasting([
    markLasting({
      name: 'what.is it',
      parameters: { type: 'object', properties: { a: { type: ['string', 'null'], pattern: '^x' } } },
    }),
    markLasting({ name: 'run', parameters: { type: 'object', properties: {} } }),
  ]);
  const request: ModelRequest = { messages: [{ role: 'user', content: 'Hi' }], tools };
  const targets = [
    { protocol: 'openai-chat', host: { schemaDialect: 'mfjs' } },
    { protocol: 'openai-chat' },
    { protocol: 'anthropic-messages' },
  ] as const;
  const fitted = (given: ModelRequest) =>
    targets.map((target) => {
      const notes: Note[] = [];
      const sent = conform(given, target as Parameters<typeof conform>[1], (note) =>
        notes.push(note),
      ).request;
      return { sent, notes };
    });

  test.each([1, 2])('as if they were new, and told of: time %i', () => {
    expect(fitted(request)).toStrictEqual(fitted(fresh(request)));
    expect(fitted(request)[0]!.notes.map(({ stage }) => stage)).toEqual(['schema', 'names']);
  });

  test('and written once', () => {
    const [first, second] = [fitted(request), fitted(request)].map(([moonshot]) => moonshot!.sent.tools![0]);
    expect(first).toBe(second);
    for (const encode of [encodeChatRequest, encodeMessagesRequest]) {
      const wire = () => encode(request)['tools'] as readonly object[];
      expect(wire()).toBe(wire());
      expect(wire()).toStrictEqual(encode(fresh(request))['tools']);
    }
  });
});

describe('the system prompt over Anthropic', () => {
  const systemOf = (system: unknown) => {
    const body = { model: 'k', max_tokens: 9, system, messages: [{ role: 'user', content: 'Hi' }] };
    return messagesFront.decodeRequest(body).request.messages[0]!;
  };
  const billed = (hash: string) => [
    { type: 'text', text: `x-anthropic-billing-header: cc_version=2.1; cch=${hash};` },
    { type: 'text', text: 'You work on code.' },
  ];

  test('is the same object as long as it says the same, whatever Claude Code puts before it', () => {
    const first = systemOf(billed('0a1'));
    expect(first).toEqual({ role: 'system', content: 'You work on code.' });
    expect(systemOf(billed('f7c'))).toBe(first);
    expect(systemOf('You work on code.')).toBe(first);
    expect(systemOf('You work on texts.')).toEqual({ role: 'system', content: 'You work on texts.' });
    expect(systemOf(billed('b22'))).toBe(first);
  });

  test('of many is forgotten when it was not used for long', () => {
    const [first, second] = [systemOf('first'), systemOf('second')];
    for (let number = 0; number < 63; number++) {
      systemOf(`another ${number}`);
      systemOf('first');
    }
    expect(systemOf('first')).toBe(first);
    expect(systemOf('second')).not.toBe(second);
    expect(systemOf('second')).toEqual(second);
  });

  test('is not kept when it is very long', () => {
    const long = 'x'.repeat(200_000);
    expect(systemOf(long)).toEqual({ role: 'system', content: long });
    expect(isLasting(systemOf(long))).toBe(false);
  });
});
