import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLasting } from '../../src/core/index.ts';
import { KnownBodies } from '../../src/gateway/bodies/known-bodies.ts';

interface Parsed {
  readonly messages: readonly object[];
  readonly tools: readonly object[];
}

const TOOLS = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
const bodyOf = (text: string, tools: unknown = TOOLS) =>
  JSON.stringify({ model: 'kimi', messages: [{ role: 'user', content: text }], tools });

function parse(bodies: KnownBodies, text: string, owner = 'o') {
  return bodies.parse(owner, 'messages', Buffer.from(text)) as Parsed;
}

const remembering = (bytes = 1_000_000) => new KnownBodies({ bytes });

describe('what stands around the messages', () => {
  test('is the same object for every conversation once it came twice, and lasts', () => {
    const bodies = remembering();
    parse(bodies, bodyOf('a'));
    parse(bodies, bodyOf('b'));
    const third = parse(bodies, bodyOf('c'));
    const fourth = parse(bodies, bodyOf('d'));
    expect(fourth).toEqual(JSON.parse(bodyOf('d')));
    expect(Object.keys(fourth)).toEqual(Object.keys(JSON.parse(bodyOf('d'))));
    expect(fourth.tools).toBe(third.tools);
    expect(fourth.tools.every(isLasting)).toBe(true);
    expect(isLasting(fourth.messages[0]!)).toBe(false);
  });

  test('of another owner is another', () => {
    const bodies = remembering();
    for (const text of ['a', 'b', 'c']) parse(bodies, bodyOf(text));
    expect(parse(bodies, bodyOf('d'), 'another').tools).not.toBe(parse(bodies, bodyOf('e')).tools);
  });

  test('is not kept when it is larger than all the room', () => {
    const bodies = remembering(1000);
    for (const text of ['a', 'b', 'c']) parse(bodies, bodyOf(text));
    expect(bodies.bytes).toBe(0);
    expect(parse(bodies, bodyOf('d')).tools).not.toBe(parse(bodies, bodyOf('e')).tools);
  });

  test('makes room for newer', () => {
    const bodies = remembering(20_000);
    for (let i = 0; i < 100; i++) for (const text of ['a', 'b', 'c']) parse(bodies, bodyOf(text, [{ i }]));
    expect(bodies.bytes).toBeLessThanOrEqual(20_000);
    expect(bodies.bytes).toBeGreaterThan(0);
  });

  test('does not let messages close their list and write fields of their own', () => {
    const bodies = remembering();
    for (const text of ['a', 'b', 'c']) parse(bodies, bodyOf(text));
    const broken = bodyOf('X').replace('{"role":"user","content":"X"}', '1],"tools":[2');
    const [double, whole] = [`${broken.slice(0, -1)},"n":1}`, broken];
    for (const text of [double, whole]) expect(parse(bodies, text)).toEqual(JSON.parse(text));
    expect(() => parse(bodies, bodyOf('d').replace('{"role"', '{"role'))).toThrow('The body is not JSON');
  });
});

describe('of what stands around the messages one field may differ', () => {
  const client = (more: object, text: string, first: object = {}) =>
    JSON.stringify({ model: 'kimi', ...first, messages: [{ role: 'user', content: text }], ...more });
  const taught = (body: (text: string) => string) => {
    const bodies = remembering();
    for (const text of ['a', 'b', 'c']) parse(bodies, body(text));
    return bodies;
  };
  const LONG = 'Look before you change anything. '.repeat(20);
  const system = (bill: string) => [{ text: `bill ${bill}` }, { text: LONG, of: ['],"tools":['] }];
  const values: readonly [unknown, unknown][] = [
    [system('a1'), system('b2')],
    [system('a1'), system('a11')],
    [1, 12],
    [1, 21],
    ['short', 'longer'],
    ['', { a: [1], tools: [], messages: ['x'] }],
    [{ a: 1 }, null],
    [[], '"],\\"tools\\":['],
  ];

  test.each(values)('behind them: %j, then %j', (one, other) => {
    const bodies = taught((text) => client({ system: one, tools: TOOLS, n: 1 }, text));
    const { tools } = parse(bodies, client({ system: one, tools: TOOLS, n: 1 }, 'd'));
    for (const [varied, text] of [
      [other, 'e'],
      [one, 'f'],
      [other, '],"system":['],
    ] as const) {
      const body = client({ system: varied, tools: TOOLS, n: 1 }, text);
      const read = parse(bodies, body);
      expect(read).toEqual(JSON.parse(body));
      expect(read.tools).toBe(tools);
      expect(Object.keys(read)).toEqual(Object.keys(JSON.parse(body)));
    }
  });

  test.each(values)('before them: %j, then %j', (one, other) => {
    const bodies = taught((text) => client({}, text, { system: one, tools: TOOLS }));
    const { tools } = parse(bodies, client({}, 'd', { system: one, tools: TOOLS }));
    for (const varied of [other, one, other]) {
      const body = client({}, 'e', { system: varied, tools: TOOLS });
      const read = parse(bodies, body);
      expect(read).toEqual(JSON.parse(body));
      expect(read.tools).toBe(tools);
    }
  });

  test('and no more than one, in which case the body is read anew', () => {
    const bodies = taught((text) => client({ system: 'a', n: 1, tools: TOOLS }, text));
    const { tools } = parse(bodies, client({ system: 'a', n: 1, tools: TOOLS }, 'd'));
    const body = client({ system: 'b', n: 2, tools: TOOLS }, 'd');
    expect(parse(bodies, body)).toEqual(JSON.parse(body));
    expect(parse(bodies, body).tools).not.toBe(tools);
  });

  test('and what differs is no JSON: the body is refused', () => {
    const bodies = taught((text) => client({ system: 'a', tools: TOOLS }, text));
    for (const broken of ['', '1,', '{"a"', '[1]]', '"a" "b"']) {
      const body = client({ system: 'a', tools: TOOLS }, 'd').replace('"system":"a"', `"system":${broken}`);
      expect(() => parse(bodies, body), broken).toThrow('The body is not JSON');
    }
  });
});

test('whatever stands around them, bodies read as JSON.parse reads them', () => {
  const around = fc.constantFrom(
    ['{"messages":[', '],"s":{"a":[1],"s":[2]},"n":1}'],
    ['{"messages":[', '],"s":"]","n":1}'],
    ['{"messages":[', '],"s":12,"n":1}'],
    ['{"messages":[', '],"s":2,"n":1}'],
    ['{"messages":[', '],"s":,"n":1}'],
    ['{"messages":[', '],"s":1,"s":2,"n":1}'],
    ['{"messages":[', '],"s":1,"\\u0073":2,"n":1}'],
    ['{"s":1,"messages":[', '],"s":2,"n":1}'],
    ['{"s":1,"messages":[', '],"s":3,"n":1}'],
    ['{"s":"a","messages":[', ']}'],
    ['{"s":{"messages":[1],"s":"a"},"messages":[', ']}'],
    ['{"s":["a"]],"messages":[', ']}'],
    ['{"s":12,"messages":[', ']}'],
    ['{"s":1,"messages":[', ']}'],
    ['{"__proto__":{"a":2},"messages":[', ']}'],
    ['{"messages":[', ']}'],
    ['{"messages":[', '],"tools":[{"a":"]"}]}'],
    ['{"tools":[{"a":"],\\"messages\\":["}],"messages":[', ' ] , "n":1 } '],
    ['{"messages":[1],"messages":[', ']}'],
    ['{"messages":[', '],"messages":[2]}'],
    ['{"messages":[', '],"messages":"none"}'],
    ['{"input":{"messages":[7]},"messages" : [ ', ']}'],
    ['{"__proto__":{"a":1},"messages":[', ']}'],
    ['[{"messages":[', ']}]'],
    ['{"messages":{"messages":[', ']}}'],
    ['\ufeff{"messages":[', '],"é":"ü"}'],
  );
  const item = fc.constantFrom(
    '{"a":1}',
    '{"b":"]}"}',
    '1',
    '"]"',
    '[]',
    '{}',
    'null',
    '{"é":"\\u005d"}',
    '}',
    '',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(around, fc.array(item, { maxLength: 4 })), { maxLength: 20 }), (all) => {
      const bodies = remembering();
      for (const [[before, behind], items] of all) {
        const text = `${before}${items.join(',')}${behind}`;
        let expected: unknown;
        try {
          expected = JSON.parse(text.replace('\ufeff', ''));
        } catch {
          expect(() => parse(bodies, text), text).toThrow('The body is not JSON');
          continue;
        }
        expect(parse(bodies, text), text).toEqual(expected);
      }
    }),
  );
});
