import fc from 'fast-check';
import { expect, test } from 'vitest';
import { markLasting, type PerigeeError } from '../../src/core/index.ts';
import { writeBody } from '../../src/upstream/body-text.ts';

const message = fc
  .record({ role: fc.constantFrom('user', 'tool'), content: fc.string({ unit: 'binary', maxLength: 40 }) })
  .map(markLasting);

const TOOLS = markLasting([{ name: 'é', parameters: { type: 'object' } }]);

test('whatever was written before, a body is what JSON.stringify gives', () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 300 }),
      // Parts of the conversation, one after the other: it grows, is cut, is another one.
      fc.array(fc.tuple(fc.nat(120), fc.nat(300), fc.boolean()), { minLength: 1, maxLength: 12 }),
      fc.constantFrom(undefined, TOOLS, [...TOOLS]),
      fc.boolean(),
      (all, requests, tools, isFirst) => {
        for (const [from, to, twice] of requests) {
          const part = all.slice(from % all.length, to);
          const messages = twice ? [...part, ...part] : part;
          const some = { tools, temperature: 1, stop: ['\0', '"'], none: undefined };
          const body = isFirst ? { ...some, messages } : { model: 'm', messages, ...some };
          expect(String(writeBody(body, 'x'))).toBe(JSON.stringify(body));
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('fields of the caller may stand where the messages were, whatever they are', () => {
  const tools = [markLasting({ type: 'function', function: { name: 'f' } })];
  for (const messages of ['x', 7, true, null, undefined, [], ['x'], { a: 1 }]) {
    const body = { model: 'm', messages, tools, temperature: 1 };
    expect(String(writeBody(body, 'x'))).toBe(JSON.stringify(body));
  }
});

test('what is sent does not change when the next one is written', () => {
  const many = Array.from({ length: 100 }, (_, at) => markLasting({ role: 'user', content: `é${at}` }));
  const first = writeBody({ messages: many }, 'x');
  const text = String(first);
  writeBody({ messages: [...many.slice(0, 50), ...many] }, 'x');
  expect(String(first)).toBe(text);
});

test('a message that JSON cannot hold is refused, and the next request is whole', () => {
  const many = Array.from({ length: 100 }, () => markLasting({ role: 'user', content: 'x' }));
  const wrong = { role: 'user', content: 1n };
  expect(() => writeBody({ messages: [...many, wrong, ...many] }, 'x')).toThrow(/cannot be written as JSON/);
  const body = { messages: [...many, ...many], model: 'm' };
  expect(String(writeBody(body, 'x'))).toBe(JSON.stringify(body));
});

test('a request that is nested too deeply is told so, not to look for cycles', () => {
  let deep: unknown = 1;
  for (let level = 0; level < 100_000; level++) deep = { deep };
  const remedyOf = (metadata: unknown) => {
    try {
      return String(writeBody({ messages: [], metadata }, 'x'));
    } catch (error) {
      return (error as PerigeeError).remedy;
    }
  };
  expect(remedyOf(deep)).toMatch(/nested too deeply.*flatten/);
  expect(remedyOf(1n)).toMatch(/cycles and BigInts/);
});

test('of conversations in turns, also of those that begin alike, each keeps its own', () => {
  const all = Array.from({ length: 100 }, (_, at) => markLasting({ role: 'user', content: `ü${at}` }));
  const grown = ['a', 'b', 'c'].map((name) => ({ name, messages: [...all] }));
  for (let round = 0; round < 30; round++) {
    for (const { name, messages } of grown) {
      messages.push(markLasting({ role: 'user', content: `${name}${round}` }));
      if (round === 20) messages.splice(70 + name.charCodeAt(0) - 97, 20);
      const body = { messages, model: name };
      expect(String(writeBody(body, 'x'))).toBe(JSON.stringify(body));
    }
  }
});
