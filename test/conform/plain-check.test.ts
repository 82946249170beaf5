import fc from 'fast-check';
import { expect, test } from 'vitest';
import { surelySatisfies } from '../../src/conform/arguments/plain-check.ts';
import { SchemaCheck } from '../../src/conform/arguments/schema-check.ts';

const type = fc.constantFrom('null', 'boolean', 'integer', 'number', 'string', 'array', 'object', 'other');
const primitive = fc.oneof(fc.constantFrom(null, true, 1, 1.5, 'a', ''), fc.integer({ min: 0, max: 3 }));
const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'toString');

function schema(depth: number): fc.Arbitrary<unknown> {
  const inner: fc.Arbitrary<unknown> = depth === 0 ? fc.boolean() : schema(depth - 1);
  return fc.oneof(
    fc.boolean(),
    fc.record(
      {
        type: fc.oneof(type, fc.array(type, { maxLength: 2 })),
        description: fc.constant('It says nothing.'),
        enum: fc.array(primitive, { maxLength: 3 }),
        required: fc.array(name, { maxLength: 2 }),
        properties: fc.dictionary(name, inner, { maxKeys: 3 }),
        additionalProperties: inner,
        items: inner,
        minimum: fc.integer({ min: 0, max: 2 }),
        not: fc.constant({ type: 'string' }),
      },
      { requiredKeys: [] },
    ),
  );
}
const value = fc.oneof(
  primitive,
  fc.array(primitive, { maxLength: 3 }),
  fc.dictionary(name, fc.oneof(primitive, fc.dictionary(name, primitive, { maxKeys: 2 })), { maxKeys: 3 }),
);

test('what surely satisfies a schema has no problem with it', () => {
  fc.assert(
    fc.property(schema(2), value, (rules, given) => {
      const text = JSON.stringify(rules);
      const read: unknown = JSON.parse(JSON.stringify(given));
      if (surelySatisfies(read, JSON.parse(text))) {
        expect(new SchemaCheck(text).problem(read)).toBeUndefined();
      }
    }),
    { numRuns: 1000 },
  );
});

test.each([
  [
    { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
    { a: 1, b: [] },
  ],
  [{ type: 'object', properties: { a: { enum: ['x', 'y'] } }, additionalProperties: false }, { a: 'y' }],
  [{ type: 'object', properties: { a: { type: 'array', items: { type: 'string' } } } }, { a: ['x', ''] }],
])('a plain schema is decided: %j', (rules, given) => {
  expect(surelySatisfies(given, rules)).toBe(true);
});

test.each([
  [{ type: 'object', required: ['a'] }, {}],
  [{ type: 'object', required: ['toString'] }, {}],
  [{ type: 'object', properties: { a: { type: 'integer' } } }, { a: 1.5 }],
  [{ type: 'object', properties: {}, additionalProperties: false }, { a: 1 }],
  [{ type: 'object', properties: { a: { type: 'string', minLength: 2 } } }, { a: 'x' }],
])('nothing is said of what is wrong or not plain: %j', (rules, given) => {
  expect(surelySatisfies(given, rules)).toBe(false);
});
