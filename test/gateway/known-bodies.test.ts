import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLasting } from '../../src/core/index.ts';
import { KnownBodies } from '../../src/gateway/bodies/known-bodies.ts';

const remembering = (bytes = 100_000_000) => new KnownBodies({ bytes });
const bytesOf = (text: string) => Buffer.from(text);
const FILLING = 'What the tool said: {"temperature":21,"sky":"clear \\ \\"}, '.repeat(20);

/** Longer than what is too small to be looked at. */
function message(text: string) {
  return { role: 'user', content: `${text}${FILLING}`, more: [{ '}],"messages":[{': text }] };
}

function conversation(length: number, name = 'm') {
  return Array.from({ length }, (_, i) => message(`${name}${i}`));
}

interface Parsed {
  readonly messages: readonly object[];
}

function parse(bodies: KnownBodies, text: string, owner = 'o') {
  return bodies.parse(owner, 'messages', bytesOf(text)) as Parsed;
}

/** Whoever changed what is shared would be seen. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}

describe('a conversation that goes on', () => {
  const first = JSON.stringify({ model: 'kimi', messages: conversation(6), tools: [] });
  const next = JSON.stringify({ model: 'kimi', messages: conversation(8), tools: [] });

  test('has the same objects for the same messages, and they last', () => {
    const bodies = remembering();
    const before = parse(bodies, first);
    const after = parse(bodies, next);
    expect(after).toEqual(JSON.parse(next));
    expect(after.messages.slice(0, 6).every((one, i) => one === before.messages[i])).toBe(true);
    expect(after.messages.every(isLasting)).toBe(true);
  });

  test('of another owner has others', () => {
    const bodies = remembering();
    const before = parse(bodies, first);
    const after = parse(bodies, next, 'another');
    expect(after).toEqual(JSON.parse(next));
    expect(after.messages.some((one, i) => one === before.messages[i])).toBe(false);
    expect(after.messages.some(isLasting)).toBe(false);
  });

  test('in which a message was changed has new ones from there on', () => {
    const bodies = remembering();
    const before = parse(bodies, first);
    const changed = next.replace('m3', 'n3');
    const after = parse(bodies, changed);
    expect(after).toEqual(JSON.parse(changed));
    expect(after.messages.map((one, i) => one === before.messages[i])).toEqual([
      ...[true, true, true],
      ...[false, false, false, false, false],
    ]);
  });

  test('is not mixed up with one that shares no more than fields before the messages', () => {
    const bodies = remembering();
    const tools = conversation(6, 'tool');
    const one = JSON.stringify({ tools, messages: conversation(6, 'a') });
    const other = JSON.stringify({ tools, messages: conversation(6, 'b') });
    for (const text of [one, other, one, other]) expect(parse(bodies, text)).toEqual(JSON.parse(text));
  });

  test('that cannot be read to its end fails as it does alone', () => {
    const bodies = remembering();
    parse(bodies, first);
    const broken = `${next.slice(0, -20)}!`;
    const failure = (tried: KnownBodies) => {
      try {
        return parse(tried, broken);
      } catch (error) {
        return error;
      }
    };
    expect(failure(bodies)).toEqual(failure(remembering()));
    expect(failure(bodies)).toMatchObject({ code: 'invalid-request' });
  });
});

describe('what looks like a conversation and is none', () => {
  const list = JSON.stringify(conversation(6));
  const other = JSON.stringify(conversation(6, 'other'));

  test.each([
    ['a field that stands twice', `{"messages":${list},"messages":${other}}`, `{"messages":${list},"n":1}`],
    [
      'a field that stands twice later',
      `{"messages":${list},"n":1}`,
      `{"messages":${list},"messages":${other}}`,
    ],
    [
      'a field that is hidden by an escape',
      `{"messages":${list},"mess\\u0061ges":${other}}`,
      `{"messages":${list}}`,
    ],
    [
      'a list inside of something',
      `{"a":{"messages":${list}},"messages":${other}}`,
      `{"a":{"messages":${list}}}`,
    ],
    ['messages that are none', `{"messages":[1,${list.slice(1)}}`, `{"messages":[1,${list.slice(1, -1)},2]}`],
    ['no object at all', `[${list}]`, `[${list},${list}]`],
    ['a mark of the byte order', `\ufeff{"messages":${list}}`, `\ufeff{"messages":${list},"n":1}`],
    [
      'a prototype',
      `{"__proto__":{"messages":${list}},"messages":${list}}`,
      `{"__proto__":{"messages":${list}}}`,
    ],
  ])('%s is read as it stands', (_, before, after) => {
    const bodies = remembering();
    for (const text of [before, after, after, before, after]) {
      const plain = text.replace(/^\ufeff/, '');
      expect(parse(bodies, text)).toStrictEqual(JSON.parse(plain));
    }
  });

  test('bytes that are no UTF-8 are read as everywhere', () => {
    const bodies = remembering();
    const bad = Buffer.concat([
      bytesOf(`{"x":"`),
      Buffer.from([0xc3]),
      bytesOf(`","messages":${list.slice(0, -2)},"y":"`),
      Buffer.from([0xe2, 0x82]),
      bytesOf('"}]}'),
    ]);
    const expected = JSON.parse(bad.toString('utf8'));
    for (let i = 0; i < 3; i++) expect(bodies.parse('o', 'messages', bad)).toEqual(expected);
  });
});

test('never takes more than it may, and forgets what was used longest ago', () => {
  const text = (name: string) => JSON.stringify({ messages: conversation(6, name) });
  const limit = 20 * text('a').length;
  const bodies = remembering(limit);
  const before = parse(bodies, text('a'));
  const kept = parse(bodies, text('b'));
  for (let i = 0; i < 20; i++) {
    parse(bodies, text(`c${i}`));
    expect(bodies.bytes).toBeLessThanOrEqual(limit);
    expect(bodies.bytes).toBeGreaterThan(0);
    expect(parse(bodies, text('b')).messages[0]).toBe(kept.messages[0]);
  }
  expect(parse(bodies, text('a')).messages[0]).not.toBe(before.messages[0]);
});

const json = fc.jsonValue({ maxDepth: 2, stringUnit: 'binary' });
const anyMessage = fc.record({
  role: fc.constantFrom('user', 'assistant', 'tool'),
  content: fc
    .tuple(fc.string({ unit: 'binary' }), fc.nat(3))
    .map(([text, times]) => text + FILLING.repeat(times)),
  more: json,
});
/** What a client does with its conversation before it sends it again. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      messages: fc.array(anyMessage, { maxLength: 3 }),
    }),
  },
  fc.record({ kind: fc.constant('drop' as const), at: fc.nat(), count: fc.nat(3) }),
  fc.record({ kind: fc.constant('change' as const), at: fc.nat(), message: fc.oneof(anyMessage, json) }),
  fc.record({ kind: fc.constant('field' as const), name: fc.string(), value: json }),
  fc.record({ kind: fc.constant('indent' as const), by: fc.nat(2) }),
  fc.record({ kind: fc.constant('order' as const) }),
);

test('whatever conversations come in whatever order, they read as JSON.parse reads them', () => {
  const start = fc.array(anyMessage, { minLength: 2, maxLength: 8 });
  const steps = fc.array(fc.tuple(fc.nat(2), step), { minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(start, steps, fc.boolean(), (messages, all, isSmall) => {
      const bodies = remembering(isSmall ? 200_000 : undefined);
      const clients = [0, 1, 2].map((n) => ({
        messages: [...messages] as unknown[],
        fields: { model: 'kimi' } as Record<string, unknown>,
        indent: 0,
        tail: n === 1,
      }));
      for (const [which, next] of all) {
        const client = clients[which]!;
        const at = 'at' in next ? next.at % (client.messages.length + 1) : 0;
        if (next.kind === 'add') client.messages.push(...next.messages);
        else if (next.kind === 'drop') client.messages.splice(at, next.count);
        else if (next.kind === 'change') client.messages[at] = next.message;
        else if (next.kind === 'field') client.fields = { ...client.fields, [next.name]: next.value };
        else if (next.kind === 'indent') client.indent = next.by;
        else client.tail = !client.tail;
        const body = client.tail
          ? { messages: client.messages, ...client.fields }
          : { ...client.fields, messages: client.messages };
        const text = JSON.stringify(body, null, client.indent);
        // Two of them have the same key of the gateway.
        const parsed = parse(bodies, text, which < 2 ? 'o' : 'p');
        expect(parsed).toStrictEqual(JSON.parse(text));
        expect(JSON.stringify(parsed)).toBe(JSON.stringify(JSON.parse(text)));
        frozen(parsed.messages);
      }
    }),
    { numRuns: 150 },
  );
});
