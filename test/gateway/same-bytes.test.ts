import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conformed } from '../../src/conform/index.ts';
import { type Model, modelStream, type StreamEvent } from '../../src/core/index.ts';
import { KnownBodies } from '../../src/gateway/bodies/known-bodies.ts';
import { handleFetch } from '../../src/gateway/edges/fetch-edge.ts';
import { Runtime } from '../../src/gateway/runtime.ts';
import { createSeal } from '../../src/gateway/stores/seal.ts';
import { encodeChatRequest } from '../../src/protocols/index.ts';
import { writeBody } from '../../src/upstream/body-text.ts';
import { target } from '../conform/fixtures.ts';
import { directory, keyOf } from './fixtures.ts';

/** One for all, as a model has. */

/** What a gateway sends to its hosts. */
interface Told {
  readonly runtime: Runtime;
  readonly sent: string[];
}

/** A model that thinks, calls and remembers how it was asked, as it would be written to its host. */
function host(name: string, sent: string[]): Model {
  const to = target(name === 'any' ? undefined : name, 'kimi-k2.6');
  const events: StreamEvent[] = [
    { type: 'reasoning-delta', delta: 'I look.' },
    { type: 'tool-call-start', index: 0, id: '', name: 'run' },
    { type: 'tool-call-delta', index: 0, delta: '{"a": 1}' },
    { type: 'tool-call-end', index: 0 },
    { type: 'finish', reason: 'tool-calls' },
  ];
  const model: Model = {
    id: name,
    stream: (request) =>
      modelStream(async function* () {
        const body = () => ({ model: name, ...encodeChatRequest(request, to.dialect ?? to.host?.dialect) });
        const text = String(writeBody(body(), name));
        expect(text).toBe(JSON.stringify(body()));
        sent.push(text);
        yield events;
      }),
  };
  return conformed(model, to);
}

const SECRET = 'the secret of both gateways';
const HOSTS = ['moonshot', 'vllm', 'any'];

function gateway(knows: boolean): Told {
  const sent: string[] = [];
  const models = directory(...HOSTS.map((name) => ({ name, model: host(name, sent) })));
  const runtime = new Runtime({ models, keys: [keyOf('one'), keyOf('two')], secret: SECRET });
  const plain = new KnownBodies({ bytes: 1 });
  return { runtime: knows ? runtime : Object.assign(runtime, { bodies: plain }), sent };
}

async function ask({ runtime }: Told, key: string, body: string, path = 'chat/completions'): Promise<string> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const request = new Request(`http://gateway/v1/${path}`, { method: 'POST', headers, body });
  const response = await handleFetch(runtime, request);
  const told = response.headers.get('x-perigee-conform');
  const text = await response.text();
  // Ids and times differ from answer to answer.
  const lasting = text.replace(/"(id|request_id|created)":("\w+"|\d+)/g, '').replace(/"\w+-\w+"/g, '');
  return `${response.status} ${told} ${lasting}`;
}

const LONG = 'The sky is clear. '.repeat(60);
const words = fc.constantFrom('', ' ', 'a', 'é', LONG, `${LONG}\ud800`);
const content = fc.oneof(
  words,
  fc.constant(null),
  words.map((text) => [{ type: 'text', text }]),
);
const call = fc.record({
  id: fc.constantFrom('functions.run:0', 'functions.run:1', 'call_1', ''),
  type: fc.constant('function'),
  function: fc.record({
    name: fc.constantFrom('run', 'r.u n'),
    arguments: fc.constantFrom('{}', '{"a": 1}', '', '{"a":', '[1]'),
  }),
});
const message = fc.oneof(
  fc.record({ role: fc.constantFrom('user', 'system'), content }),
  fc.record({ role: fc.constant('assistant'), content, tool_calls: fc.array(call, { maxLength: 2 }) }),
  fc.record({
    role: fc.constant('assistant'),
    content,
    reasoning_content: words,
    tool_calls: fc.tuple(call),
  }),
  fc.record({
    role: fc.constant('assistant'),
    content,
    function_call: fc.constant({ name: 'run', arguments: '{}' }),
  }),
  fc.record({
    role: fc.constant('tool'),
    tool_call_id: fc.constantFrom('functions.run:0', 'call_1', 'x'),
    content,
  }),
  fc.record({ role: fc.constant('function'), name: fc.constant('run'), content }),
);
/** The turn that the model gives, as a client shows it back that drops reasoning. */
const TURN = [
  {
    role: 'assistant',
    content: null,
    tool_calls: [
      { id: 'functions.run:0', type: 'function', function: { name: 'run', arguments: '{"a":1}' } },
    ],
  },
  { role: 'tool', tool_call_id: 'functions.run:0', content: LONG },
];

/** Reasoning that the key `one` may echo, and no other. */
const SEALED = createSeal(SECRET, 'key id-of-one').seal('I looked.', undefined, false);
const toolUse = fc.record({
  type: fc.constant('tool_use'),
  id: fc.constantFrom('toolu_1', 'toolu_2', 'toolu_a_3_0'),
  name: fc.constantFrom('run', 'r.u n'),
  input: fc.constantFrom({}, { a: 1 }, 'text'),
});
const text = words.map((said) => ({ type: 'text', text: said }));
const thinking = fc.constant({ type: 'thinking', thinking: 'I looked.', signature: SEALED });
const compaction = fc.constant({ type: 'compaction', content: 'It went well.' });
const blocks = fc.array(fc.oneof(text, thinking, toolUse, compaction), { maxLength: 3 });
const resultBlock = fc.record({
  type: fc.constant('tool_result'),
  tool_use_id: fc.constantFrom('toolu_1', 'toolu_2', 'toolu_a_3_0', 'toolu_x'),
  content: words,
  is_error: fc.boolean(),
});
const anthropicMessage = fc.oneof(
  fc.record({ role: fc.constant('assistant'), content: fc.oneof(words, blocks) }),
  fc.record({
    role: fc.constant('user'),
    content: fc.oneof(words, fc.array(fc.oneof(text, resultBlock, compaction), { maxLength: 3 })),
  }),
  fc.record({ role: fc.constant('system'), content: words }),
);
const ANTHROPIC_TURN = [
  {
    role: 'assistant',
    content: [
      { type: 'thinking', thinking: 'I looked.', signature: SEALED },
      { type: 'tool_use', id: 'toolu_1', name: 'run', input: { a: 1 } },
    ],
  },
  { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: LONG }] },
];

interface Protocol {
  readonly path: string;
  readonly message: fc.Arbitrary<object>;
  readonly turn: readonly object[];
  readonly rest: object;
  readonly off: object;
}
const SCHEMA = { type: 'object' };
const PROTOCOLS: readonly Protocol[] = [
  {
    path: 'chat/completions',
    message,
    turn: TURN,
    rest: { tools: [{ type: 'function', function: { name: 'run', parameters: SCHEMA } }] },
    off: { thinking: { type: 'disabled' } },
  },
  {
    path: 'messages',
    message: anthropicMessage,
    turn: ANTHROPIC_TURN,
    rest: { max_tokens: 5000, system: LONG, tools: [{ name: 'run', input_schema: SCHEMA }] },
    off: { thinking: { type: 'disabled' } },
  },
];

type Step = ReturnType<typeof stepOf> extends fc.Arbitrary<infer S> ? S : never;
const stepOf = (one: fc.Arbitrary<object>) =>
  fc.record({
    which: fc.nat(1),
    host: fc.constantFrom(...HOSTS),
    key: fc.constantFrom('one', 'one', 'two'),
    isOff: fc.constantFrom(false, false, true),
    change: fc.oneof(
      fc.constant({ kind: 'goes-on' as const }),
      fc.constant({ kind: 'again' as const }),
      fc.record({ kind: fc.constant('adds' as const), messages: fc.array(one, { maxLength: 3 }) }),
      fc.record({ kind: fc.constant('changes' as const), at: fc.nat(), message: one }),
    ),
  });

describe.each(PROTOCOLS)('over $path', ({ path, message: one, turn, rest, off }) => {
  test('a gateway that knows earlier requests sends and answers the same, byte for byte, as one that does not', async () => {
    const begun = fc.array(one, { minLength: 1, maxLength: 4 });
    const run = async (start: object[], steps: Step[]) => {
      const knowing = gateway(true);
      const forgetful = gateway(false);
      const opening = { role: 'user', content: LONG.repeat(5) };
      const conversations: object[][] = [[opening, ...start], [opening]];
      for (const { which, host: model, key, isOff, change } of steps) {
        const messages = conversations[which]!;
        if (change.kind === 'goes-on') messages.push(...turn);
        else if (change.kind === 'adds') messages.push(...change.messages);
        else if (change.kind === 'changes') messages[change.at % messages.length] = change.message;
        const body = JSON.stringify({ model, messages, ...rest, ...(isOff && off) });
        expect(await ask(knowing, key, body, path)).toBe(await ask(forgetful, key, body, path));
        expect(knowing.sent).toEqual(forgetful.sent);
      }
      expect(forgetful.runtime.bodies.bytes).toBe(0);
      expect(knowing.runtime.bodies.bytes).toBeGreaterThan(0);
    };
    const steps = fc.array(stepOf(one), { minLength: 2, maxLength: 12 });
    await fc.assert(fc.asyncProperty(begun, steps, run), { numRuns: 60 });
  });
});

test('a conversation that comes again is known', async () => {
  const { runtime } = gateway(true);
  const body = JSON.stringify({ model: 'vllm', messages: [{ role: 'user', content: LONG.repeat(5) }] });
  await ask({ runtime, sent: [] }, 'one', body);
  expect(runtime.bodies.bytes).toBeGreaterThan(0);
  // Of the second, what stands around the messages is kept too; of the third that does not count again.
  for (let time = 2; time <= 3; time++) await ask({ runtime, sent: [] }, 'one', body);
  const { bytes } = runtime.bodies;
  await ask({ runtime, sent: [] }, 'one', body);
  expect(runtime.bodies.bytes).toBe(bytes);
});
