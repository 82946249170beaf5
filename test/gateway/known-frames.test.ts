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

test('whatever stands around them, bodies read as JSON.parse reads them', () => {
  const around = fc.constantFrom(
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
