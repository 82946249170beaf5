import { parsePartialJson } from '@langchain/core/output_parsers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spoilerOf } from '../../src/protocols/front/index.ts';

/** Any arguments, cut anywhere. */
const cut = fc
  .tuple(
    fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([value, where]) => {
    const text = JSON.stringify(value);
    return text.slice(0, Math.floor(where * (text.length - 1)));
  });

test('law: what was spoiled is no JSON, however it is closed', () => {
  fc.assert(
    fc.property(cut, (written) => {
      const spoiled = written + spoilerOf(written);
      for (const closing of ['', '"', '"}', '}', ']}', '"]}', '}}']) {
        expect(() => JSON.parse(spoiled + closing)).toThrow(SyntaxError);
      }
    }),
  );
});

test('law: a parser that completes JSON makes nothing of it, where the state is known and where it is not', () => {
  fc.assert(
    fc.property(cut, (written) => {
      expect(parsePartialJson(written + spoilerOf(written))).toBeNull();
      expect(parsePartialJson(written + spoilerOf())).toBeNull();
    }),
  );
});

test('inside a string the first thing is a character that no string may hold, before anything that could end it', () => {
  for (const written of ['{"command":"rm -rf /tmp', '{"a":{"b":"', '{"a":"\\"', '{"ke']) {
    expect(spoilerOf(written)).toMatch(/^\u0001/);
  }
  // Here a control character alone would be overlooked as white space is, so it stands in a string of its own.
  for (const written of ['', '{', '{"a":12', '{"a":"b"', '{"a":tr', '[1,']) {
    expect(spoilerOf(written)).toMatch(/^"\u0001/);
  }
});
