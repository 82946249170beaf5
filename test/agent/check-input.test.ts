import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { inputCheck } from '../../src/agent/arguments/check-input.ts';
import { SchemaChecker } from '../../src/agent/arguments/json-schema.ts';
import { parametersOf } from '../../src/agent/arguments/parameters.ts';
import { problemsText } from '../../src/agent/arguments/problems.ts';
import { type InputSchema, tool } from '../../src/agent/tool.ts';
import type { JsonSchema } from '../../src/core/index.ts';

async function check(inputSchema: InputSchema, value: unknown): Promise<unknown> {
  const subject = tool({ description: '', inputSchema, execute: () => '' });
  const checked = await inputCheck(subject, 'subject', await parametersOf(subject, 'subject'))(value);
  return 'input' in checked ? checked : problemsText(checked.problems);
}

const health: JsonSchema = {
  type: 'object',
  properties: {
    service: { type: 'string', enum: ['checkout', 'payments', 'search'] },
    minutes: { type: 'integer', minimum: 1 },
  },
  required: ['service'],
};

describe('every kind of schema names the field and the problem in the same words', () => {
  const schemas = {
    'JSON Schema': health,
    zod: z.object({
      service: z.enum(['checkout', 'payments', 'search']),
      minutes: z.number().int().min(1).optional(),
    }),
    valibot: v.object({
      service: v.picklist(['checkout', 'payments', 'search']),
      minutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
    }),
    arktype: type({ service: "'checkout' | 'payments' | 'search'", 'minutes?': 'number.integer >= 1' }),
  };
  for (const [name, schema] of Object.entries(schemas)) {
    it(name, async () => {
      expect(await check(schema, { service: 'search', minutes: 5 })).toEqual({
        input: { service: 'search', minutes: 5 },
      });
      expect(await check(schema, { service: 'basket' })).toBe(
        'service: must be one of "checkout", "payments", "search" (got "basket")',
      );
      expect(await check(schema, {})).toBe('service: required but missing');
      expect(await check(schema, { service: 'search', minutes: 0 })).toBe(
        'minutes: must be at least 1 (got 0)',
      );
      expect(await check(schema, { service: 'search', minutes: '5' })).toMatch(
        /^minutes: must be an? (integer|number) \(got "5"\)$/,
      );
    });
  }
});

describe('what a JSON Schema says in plain words', () => {
  const cases: [string, JsonSchema, unknown, string][] = [
    [
      'types',
      { properties: { a: { type: ['string', 'null'] } } },
      { a: 1 },
      'a: must be a string or null (got 1)',
    ],
    [
      'nested places',
      { properties: { stops: { items: { $ref: '#/$defs/stop' } } }, $defs: { stop: { required: ['city'] } } },
      { stops: [{ city: '' }, {}] },
      'stops[1].city: required but missing',
    ],
    [
      'odd keys',
      { properties: { 'a/b c': { type: 'string' } } },
      { 'a/b c': 1 },
      '["a/b c"]: must be a string (got 1)',
    ],
    [
      'unknown fields',
      { properties: { service: {}, since: {} }, additionalProperties: false },
      { Servise: 1 },
      'Servise: is not a known field (did you mean "service"?); the fields are "service", "since"',
    ],
    [
      'fields where there are none',
      { properties: {}, additionalProperties: false },
      { a: 1 },
      'a: is not a known field; there are none',
    ],
    ['a JSON root that is no object', { type: 'object' }, [1], 'arguments: must be an object (got [1])'],
    [
      'lengths',
      { properties: { a: { minLength: 2 }, b: { maxItems: 1 } } },
      { a: 'x', b: [1, 2] },
      'a: must have at least 2 characters (got "x"); b: must have at most 1 items (got 2)',
    ],
    ['formats', { properties: { a: { format: 'email' } } }, { a: 'x' }, 'a: must be a valid email (got "x")'],
    [
      'alternatives of type',
      { properties: { a: { anyOf: [{ type: 'string' }, { type: 'number' }] } } },
      { a: true },
      'a: must be a string or a number (got true)',
    ],
    [
      'the alternative that was meant',
      { properties: { a: { oneOf: [{ type: 'string' }, { type: 'object', required: ['id'] }] } } },
      { a: {} },
      'a.id: required but missing',
    ],
    [
      'the tagged alternative that was meant',
      {
        properties: {
          a: {
            anyOf: [
              {
                properties: { kind: { const: 'circle' }, radius: { type: 'number' } },
                required: ['radius'],
                additionalProperties: false,
              },
              { properties: { kind: { const: 'square' } }, additionalProperties: false },
            ],
          },
        },
      },
      { a: { kind: 'circle', size: 1 } },
      'a.radius: required but missing; a.size: is not a known field; the fields are "kind", "radius"',
    ],
    [
      'several fitting alternatives',
      { properties: { a: { oneOf: [{ type: 'integer' }, { type: 'number' }] } } },
      { a: 1 },
      'a: Instance does not match exactly one subschema (2 matches).',
    ],
  ];
  for (const [name, schema, value, words] of cases) {
    it(name, async () => expect(await check(schema, value)).toBe(words));
  }

  it('no more than five problems', async () => {
    const properties = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`f${i}`, { type: 'string' }]));
    const value = Object.fromEntries(Object.keys(properties).map((key) => [key, 1]));
    const text = String(await check({ properties }, value));
    expect(text.match(/must be a string/g)).toHaveLength(5);
    expect(text).toMatch(/; and 4 more problems$/);
  });

  it('a hundred thousand bad items in bounded words', async () => {
    const items = Array.from({ length: 100_000 }, () => 'x');
    const text = String(await check({ properties: { a: { items: { type: 'number' } } } }, { a: items }));
    expect(text).toMatch(/^a\[0\]: must be a number \(got "x"\)/);
    expect(text.length).toBeLessThan(500);
  });
});

describe('schemas from strangers', () => {
  it('frozen ones are not touched', async () => {
    const schema = Object.freeze({
      type: 'object',
      properties: Object.freeze({ a: Object.freeze({ type: 'string' }) }),
    });
    expect(await check(schema, { a: 1 })).toBe('a: must be a string (got 1)');
    expect(Object.getOwnPropertyNames(schema)).toEqual(['type', 'properties']);
  });

  it('a pattern that is no regular expression is left out', async () => {
    const schema = { properties: { a: { type: 'string', pattern: '(' } }, patternProperties: { '[': {} } };
    expect(await check(schema, { a: 'x' })).toEqual({ input: { a: 'x' } });
  });

  it('a reference to nowhere is refused before anything runs', async () => {
    const schema = { properties: { a: { $ref: '#/$defs/none' } } };
    await expect(check(schema, {})).rejects.toMatchObject({
      code: 'invalid-options',
      message: expect.stringMatching(/#\/\$defs\/none/),
    });
  });

  it('keys like __proto__ are fields like any other', async () => {
    const value = JSON.parse('{"__proto__":{"x":1},"constructor":2}');
    const schema = { properties: { constructor: { type: 'string' } }, additionalProperties: false };
    expect(await check(schema, value)).toBe(
      'constructor: must be a string (got 2); __proto__: is not a known field; the fields are "constructor"',
    );
    const checked = await check(z.looseObject({ a: z.string().optional() }), value);
    expect(checked).toHaveProperty('input');
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe('the declaration', () => {
  const declared = (inputSchema: InputSchema, jsonSchema?: JsonSchema) =>
    parametersOf(
      tool({ description: '', inputSchema, ...(jsonSchema && { jsonSchema }), execute: () => '' }),
      't',
    );

  it('is the input side of the schema, without $schema', async () => {
    const expected = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
    expect(await declared(z.object({ n: z.number().transform(String) }))).toEqual(expected);
    expect(await declared(v.object({ n: v.pipe(v.number(), v.transform(String)) }))).toEqual(expected);
    expect(await declared(type({ n: 'number' }))).toEqual(expected);
    expect(await declared({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...expected })).toEqual(
      expected,
    );
  });

  const foreign = {
    '~standard': { version: 1 as const, vendor: 'zod', validate: (value: unknown) => ({ value }) },
  };

  it('is what stands beside a schema that has none', async () => {
    expect(await declared(foreign, { type: 'object' })).toEqual({ type: 'object' });
  });

  it('is missed at once, with the remedy', () => {
    expect(() => declared(foreign)).toThrow(
      expect.objectContaining({ code: 'invalid-options', remedy: expect.stringContaining('jsonSchema') }),
    );
  });

  it('that cannot be made is refused', async () => {
    await expect(declared(z.object({ at: z.date() }))).rejects.toMatchObject({ code: 'invalid-options' });
  });

  it("names the package when valibot's converter is not there", async () => {
    const subject = tool({ description: '', inputSchema: v.object({}), execute: () => '' });
    await expect(
      parametersOf(subject, 't', () => Promise.reject(new Error('not found'))),
    ).rejects.toMatchObject({
      code: 'missing-package',
      remedy: 'Run `npm install @valibot/to-json-schema`.',
    });
  });
});

it('patterns that are none are dropped also under properties that are called like keywords', async () => {
  const schema = {
    type: 'object',
    properties: {
      default: { type: 'string', pattern: '(?i)abc' },
      const: { type: 'string', pattern: '[' },
      pattern: { type: 'string', pattern: '^a$' },
    },
  };
  const checker = new SchemaChecker(schema);
  expect(checker.check({ default: 'x', const: 'y', pattern: 'a' })).toEqual([]);
  expect(checker.check({ pattern: 'b' })).not.toEqual([]);
});
