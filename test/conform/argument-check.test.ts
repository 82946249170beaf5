import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { argumentProblem } from '../../src/conform/index.ts';
import type { JsonSchema } from '../../src/core/index.ts';
import { workedMs } from '../work-time.ts';
import { closing, isObject, SCHEMA, send } from './send-call.ts';

/** Schemas that hold the right words in wrong places as well. */
const oddWord = fc.constantFrom<unknown>(
  'integer',
  'object',
  'string',
  '#',
  '#/properties/a',
  '#/$defs/%',
  '(',
  true,
  5,
);
const oddSchema = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.dictionary(
    fc.constantFrom(
      ...[
        'type',
        'properties',
        'items',
        'prefixItems',
        'anyOf',
        'oneOf',
        'allOf',
        'not',
        '$ref',
        '$id',
        'id',
        '$anchor',
      ],
      ...[
        'enum',
        'const',
        'required',
        'pattern',
        'additionalProperties',
        'patternProperties',
        'uniqueItems',
        '$defs',
      ],
      ...[
        'a',
        'n',
        '__proto__',
        'nullable',
        'dependentRequired',
        'if',
        'then',
        'maximum',
        'contains',
        'propertyNames',
      ],
    ),
    fc.oneof(
      { maxDepth: 3 },
      oddWord,
      tie('schema'),
      fc.tuple(tie('schema'), oddWord),
      fc.tuple(tie('schema')),
    ),
    { maxKeys: 5 },
  ),
})).schema;

describe('arguments are checked against the schema', () => {
  test('whatever the schema, nothing throws and valid arguments stay valid', () => {
    fc.assert(
      fc.property(
        oddSchema,
        fc.dictionary(fc.constantFrom('a', 'n', '__proto__'), fc.jsonValue()),
        (schema, value) => {
          const answer = send([JSON.stringify(value)], schema);
          expect(closing(answer)).toBe('tool-call-end');
          expect(isObject(answer.text)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each([
    [{ type: 'object', required: ['city'] }, '{}', /city is required but missing/],
    [SCHEMA, '{"list":[1,"x"]}', /list\[1\] must be a number \(got "x"\)/],
    [SCHEMA, '{"nested":{"flag":1}}', /nested\.flag must be true or false/],
    [{ type: 'object', properties: { a: {} }, additionalProperties: false }, '{"b":1}', /field "b"/],
    [{ properties: { a: { enum: ['x', 'y'] } } }, '{"a":"z"}', /a must be one of "x", "y" \(got "z"\)/],
    [
      { properties: { a: { anyOf: [{ type: 'null' }, { type: 'object', required: ['b'] }] } } },
      '{"a":{}}',
      /a\.b is required but missing/,
    ],
    [{ properties: { a: { pattern: '^[a-z]+$' } } }, '{"a":"1"}', /must match the pattern/],
    [SCHEMA, '{"n":', /end before the object is closed/],
    [SCHEMA, '[]', /do not begin with \{/],
  ])('%j refuses %s', (schema, text, words) => {
    expect(argumentProblem(schema, text)).toMatch(words);
  });

  test.each([
    [SCHEMA, '{"n":1,"list":[1.5],"nested":{"deeper":{"deeper":{"flag":true}}},"extra":1}'],
    [{ properties: { a: { format: 'email' } } }, '{"a":"not one"}'],
    [{ required: 5 }, '{}'],
    [{ $ref: 'https://example.org/schema' }, '{}'],
    [undefined, '{"a":1}'],
    [{ properties: { constructor: { type: 'string' } } }, '{"__proto__":1,"toString":2}'],
  ])('%j accepts %s', (schema, text) => {
    expect(argumentProblem(schema as JsonSchema, text)).toBeUndefined();
  });

  test('a violation is told with place and keyword only, and the call is handed on', () => {
    const answer = send(['{"list":["secret"]}']);
    expect(closing(answer)).toBe('tool-call-end');
    expect(answer.notes).toEqual([
      { stage: 'arguments', action: 'invalid', text: 'Call of "tool": list[0] does not satisfy "type".' },
    ]);
  });

  test('schemas from strangers do not block the process or overflow the stack', () => {
    const bomb: Record<string, unknown> = { b0: { type: 'string' } };
    for (let i = 1; i < 60; i++) {
      const again = { $ref: `#/$defs/b${i - 1}` };
      bomb[`b${i}`] = { allOf: [again, again] };
    }
    let deep: JsonSchema = { type: 'string' };
    for (let i = 0; i < 5_000; i++) deep = { type: 'object', properties: { a: deep } };
    const self = {
      anyOf: [{ $ref: '#' }, { $ref: '#' }],
      properties: { a: { oneOf: [{ $ref: '#' }, { $ref: '#' }] } },
    };
    const grows = { properties: { a: { oneOf: [{ $ref: '#' }, { $ref: '#' }] } } };
    const nest = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;
    const long = JSON.stringify({ a: `${'a'.repeat(100_000)}!` });
    const started = process.cpuUsage();
    for (const [schema, text] of [
      [{ $defs: bomb, $ref: '#/$defs/b59' }, '{}'],
      [deep, nest],
      [self, nest],
      [grows, nest],
      [{ properties: { a: { pattern: '^(a+)+$' } } }, long],
      [{ properties: { a: { pattern: '(a|aa)*b' } } }, long],
      [{ properties: { a: { pattern: `${'a?'.repeat(40)}${'a'.repeat(40)}b` } } }, long],
      [{ properties: { a: { pattern: 'a*a*a*b' } } }, long],
      [{ properties: { a: { type: 'array', uniqueItems: true } } }, `{"a":[${'{},'.repeat(9_999)}{}]}`],
      [{ type: 'object' }, `{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`],
    ] as [JsonSchema, string][]) {
      expect(argumentProblem(schema, text)).toBeUndefined();
      expect(send([text], schema).text).toBe(text);
    }
    expect(workedMs(started)).toBeLessThan(5_000);
  });

  test('a pattern that costs too much takes nothing from the rest of the check', () => {
    const schema = { properties: { a: { pattern: '^(a+)+$' }, b: { type: 'integer' } } };
    expect(argumentProblem(schema, '{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!","b":"x"}')).toMatch(
      /b must be an integer/,
    );
  });
});
