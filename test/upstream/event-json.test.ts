import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventJson } from '../../src/upstream/event-json.ts';

const chunk = (delta: unknown, rest: object = {}) =>
  JSON.stringify({ id: 'c1', choices: [{ index: 0, delta, finish_reason: null }], ...rest });

function parsed(texts: readonly string[]): unknown[] {
  const json = new EventJson();
  return texts.map((text) => structuredClone(json.parse(text)));
}

function plainly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const string = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('"', '\\', '\\"', '","content":"', '\n', '\u0001perigee\u0001', '{"a":"b"}', 'é', '\ud800'),
);
const event = fc.oneof(
  { weight: 6, arbitrary: string.map((content) => chunk({ content })) },
  string.map((reasoning_content) => chunk({ reasoning_content })),
  fc.tuple(string, string).map(([content, id]) => chunk({ content }, { id })),
  string.map((text) => chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] })),
  fc.tuple(string, fc.nat()).map(([content, created]) => chunk({ content }, { created })),
  fc.json(),
);

describe('the JSON of events that are nearly alike', () => {
  it('reads as if each were parsed by itself', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 24 }), (texts) => {
        expect(parsed(texts)).toEqual(texts.map(plainly));
      }),
      { numRuns: 500 },
    );
  });

  it('reads as if each were parsed by itself also where a character is lost or put in', () => {
    const damaged = fc
      .tuple(event, fc.nat(), fc.constantFrom('', '"', '\\', '}', '\n'))
      .map(([text, at, put]) => {
        const position = at % (text.length + 1);
        return text.slice(0, position) + put + text.slice(position + (put === '' ? 1 : 0));
      });
    const some = fc.oneof({ weight: 3, arbitrary: event }, damaged);
    fc.assert(
      fc.property(fc.array(some, { maxLength: 24 }), (texts) => {
        expect(parsed(texts)).toEqual(texts.map(plainly));
      }),
      { numRuns: 500 },
    );
  });

  it('takes no name for the string that differs', () => {
    const texts = [
      ...Array.from({ length: 8 }, () => '{}'),
      '{"a":1}',
      '{"b":1}',
      '{"c":1}',
      '{"__proto__":"x"}',
      '{"__proto__":"y"}',
      '{"__proto__":"z"}',
    ];
    expect(parsed(texts)).toEqual(texts.map(plainly));
  });
});
