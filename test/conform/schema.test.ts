import { Validator } from '@cfworker/json-schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMfjs, schemaStage, type Target, toMfjs } from '../../src/conform/index.ts';
import type { JsonSchema, ModelRequest, Note } from '../../src/core/index.ts';
import { hostProfile } from '../../src/profiles/index.ts';
import { anyInstance, hostileSchema, typedSchema } from './schemas.ts';

describe('a rewritten schema', () => {
  const cases: readonly (readonly [name: string, schema: object, rewritten: object])[] = [
    [
      'an optional value as pydantic writes it',
      object({
        x: {
          anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }],
          default: 'now',
          description: 'When',
        },
      }),
      object({
        x: {
          anyOf: [{ type: 'string', default: 'now' }, { type: 'null' }],
          description: 'When (format: date-time)',
        },
      }),
    ],
    [
      'constants become values of one enum',
      object({ m: { oneOf: [{ const: 'a' }, { const: 'b' }] } }),
      object({ m: { type: 'string', enum: ['a', 'b'] } }),
    ],
    [
      'values of mixed types become a choice',
      object({ m: { enum: [1, 'a', null] } }),
      object({
        m: { anyOf: [{ type: 'number', enum: [1] }, { type: 'string', enum: ['a'] }, { type: 'null' }] },
      }),
    ],
    [
      'nullable values of an enum',
      object({ m: { type: 'integer', enum: [1, 2], nullable: true } }),
      object({ m: { type: ['null', 'integer'], enum: [1, 2, null] } }),
    ],
    [
      'exclusive bounds of integers stay exact, those of numbers are said in words',
      object({
        i: { type: 'integer', exclusiveMinimum: 0, maximum: 9.5 },
        n: { type: 'number', exclusiveMaximum: 1 },
      }),
      object({
        i: { type: 'integer', minimum: 1, maximum: 9 },
        n: { type: 'number', maximum: 1, description: 'less than 1' },
      }),
    ],
    [
      'a recursive definition is kept',
      {
        ...object({ tree: { $ref: '#/definitions/Node' } }),
        definitions: { Node: object({ child: { $ref: '#/definitions/Node' } }) },
      },
      {
        ...object({ tree: { $ref: '#/$defs/Node' } }),
        $defs: { Node: object({ child: { $ref: '#/$defs/Node' } }) },
      },
    ],
    [
      'words beside a reference to something that has its own',
      {
        ...object({ a: { $ref: '#/$defs/A', description: 'here' } }),
        $defs: { A: { type: 'string', description: 'there' } },
      },
      {
        ...object({ a: { anyOf: [{ $ref: '#/$defs/A' }], description: 'here' } }),
        $defs: { A: { type: 'string', description: 'there' } },
      },
    ],
    [
      'what all of several say is merged',
      {
        allOf: [
          object({ a: { type: 'string' } }, ['a']),
          object({ b: { type: 'number' } }),
          { properties: { a: { minLength: 2 } } },
        ],
      },
      object({ a: { type: 'string', minLength: 2 }, b: { type: 'number' } }, ['a']),
    ],
    [
      'what stands beside a choice goes into its branches',
      { ...object({ a: { type: 'string' } }), anyOf: [{ required: ['a'] }, { required: ['b'] }] },
      {
        anyOf: [object({ a: { type: 'string' } }, ['a']), object({ a: { type: 'string' }, b: {} }, ['b'])],
      },
    ],
    [
      'maps with a pattern, tuples and boolean schemas',
      {
        ...object({
          env: {
            type: 'object',
            patternProperties: { '^A': { type: 'string' } },
            additionalProperties: false,
          },
          pair: { type: 'array', items: [{ type: 'number' }, { type: 'string' }], additionalItems: false },
          any: true,
          none: false,
        }),
        additionalProperties: false,
      },
      {
        ...object({
          env: {
            type: 'object',
            additionalProperties: { type: 'string' },
            description: 'further names match ^A',
          },
          pair: { type: 'array', items: { anyOf: [{ type: 'number' }, { type: 'string' }] }, maxItems: 2 },
          any: {},
        }),
        additionalProperties: false,
      },
    ],
    [
      'a property whose name is reserved is let in as a further one',
      { ...object({ required: { type: 'boolean' } }), additionalProperties: false },
      { type: 'object', additionalProperties: { type: 'boolean' }, description: 'also takes `required`' },
    ],
    [
      'conditions, which no other keyword can say, are told in words',
      {
        ...object({ mode: { type: 'string', not: { enum: ['x'] } }, path: { type: 'string' } }),
        if: { required: ['mode'] },
        ...JSON.parse('{"then":{"required":["path"]}}'),
        dependentRequired: { path: ['mode'] },
      },
      {
        ...object({ mode: { type: 'string', description: 'not: {"enum":["x"]}' }, path: { type: 'string' } }),
        description:
          'dependentRequired: {"path":["mode"]}; if {"required":["mode"]} then {"required":["path"]}',
      },
    ],
    [
      'a circle without an end requires nothing',
      {
        ...object({ n: { $ref: '#/$defs/N' } }, ['n']),
        $defs: { N: object({ n: { $ref: '#/$defs/N' } }, ['n']) },
      },
      { ...object({ n: { $ref: '#/$defs/N' } }, ['n']), $defs: { N: object({ n: { $ref: '#/$defs/N' } }) } },
    ],
  ];

  it.each(cases)('%s', (_, schema, rewritten) => {
    const { schema: actual, changes } = toMfjs(schema);
    expect(actual).toEqual(rewritten);
    expect(changes.length).toBeGreaterThan(0);
    expect(checkMfjs(actual)).toBeUndefined();
  });

  it.each([null, true, false, [], 'object', 7, undefined])('of %j is any object', (nonsense) => {
    expect(toMfjs(nonsense).schema).toEqual({ type: 'object' });
  });

  it('is the same object where nothing had to change', () => {
    const schema = object({ a: { type: 'string', pattern: '^a' } }, ['a']);
    expect(toMfjs(schema)).toEqual({ schema, changes: [] });
    expect(toMfjs(schema).schema).toBe(schema);
  });

  it('says what was changed and where', () => {
    const { changes } = toMfjs({ $schema: 'x', ...object({ a: { const: 1 } }) });
    expect(changes).toEqual([
      { path: 'root', what: 'dropped `$schema`' },
      { path: 'properties.a', what: '`const` became `enum`' },
    ]);
  });
});

describe('schemas that are too much', () => {
  const wide = (count: number) =>
    object(
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, { type: 'string', format: 'x' }])),
      ['p9'],
    );
  const deep = (depth: number, keyword: string) => {
    let schema: object = { const: 1 };
    for (let i = 0; i < depth; i++) {
      schema =
        keyword === 'properties'
          ? object({ a: schema })
          : { [keyword]: keyword === 'items' ? schema : [schema] };
    }
    return schema;
  };
  const circle: Record<string, unknown> = { type: 'object', format: 'x' };
  circle['properties'] = { again: circle };

  const schemas: { readonly [name: string]: object } = {
    'a megabyte of properties': wide(20_000),
    'a megabyte in one description': { ...object({ a: { const: 1, description: 'x'.repeat(1_000_000) } }) },
    'sixty objects in each other': deep(60, 'properties'),
    'a hundred thousand lists in each other': deep(100_000, 'items'),
    'five thousand conditions in each other': deep(5000, 'allOf'),
    'five thousand choices in each other': deep(5000, 'anyOf'),
    'a thousand branches': object({
      a: { oneOf: Array.from({ length: 1000 }, (_, i) => object({ [`k${i}`]: {} }, [`k${i}`])) },
    }),
    'fifty thousand values': object({ a: { enum: Array.from({ length: 50_000 }, (_, i) => `v${i}`) } }),
    'conditions that would multiply': {
      type: 'object',
      allOf: Array.from({ length: 30 }, (_, i) => ({
        anyOf: [{ required: [`a${i}`] }, { required: [`b${i}`] }],
      })),
    },
    'definitions that all refer to each other': {
      ...object({ a: { $ref: '#/$defs/D0' } }),
      $defs: Object.fromEntries(
        Array.from({ length: 40 }, (_, i) => [
          `D${i}`,
          object(
            Object.fromEntries(
              Array.from({ length: 8 }, (_, j) => [
                `c${j}`,
                { $ref: `#/$defs/D${(i * 7 + j * 3 + 1) % 40}` },
              ]),
            ),
          ),
        ]),
      ),
    },
    'a circle of objects': circle,
  };

  it.each(Object.entries(schemas))('%s', (_, schema) => {
    const { schema: rewritten, changes } = toMfjs(schema);
    expect(checkMfjs(rewritten)).toBeUndefined();
    expect(changes.length).toBeGreaterThan(0);
  });

  it('keep as much as fits, what is required first', () => {
    const { schema } = toMfjs(wide(5000));
    expect(Object.keys(schema['properties'] as object).length).toBeGreaterThan(1500);
    expect(schema['required']).toEqual(['p9']);
    expect(schema).not.toHaveProperty('additionalProperties');
  });
});

describe('laws of the rewriting', () => {
  it('every schema becomes one that Moonshot accepts', () => {
    fc.assert(
      fc.property(hostileSchema, (schema) => {
        expect(checkMfjs(toMfjs(schema).schema)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  it('anything at all does', () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true });
    fc.assert(
      fc.property(anything, (value) => {
        expect(checkMfjs(toMfjs(value).schema)).toBeUndefined();
      }),
    );
  });

  it('what fits the schema fits the rewritten one', () => {
    fc.assert(
      fc.property(
        typedSchema,
        fc.array(anyInstance, { minLength: 10, maxLength: 10 }),
        (schema, instances) => {
          const before = new Validator(schema as object, '2020-12');
          const after = new Validator(toMfjs(schema).schema, '2020-12');
          for (const instance of instances) {
            if (accepts(before, instance)) expect(after.validate(instance).errors).toEqual([]);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('a rewritten schema is not rewritten again', () => {
    fc.assert(
      fc.property(hostileSchema, (schema) => {
        const once = toMfjs(schema).schema;
        expect(toMfjs(once)).toEqual({ schema: once, changes: [] });
      }),
    );
  });
});

describe('the schema stage', () => {
  const MOONSHOT = target('moonshot');
  const unfit = () => object({ when: { type: 'string', format: 'date' } });
  const fit = object({ a: { type: 'string' } });

  it('rewrites the tools that need it, at their places, and says so', () => {
    const notes: Note[] = [];
    const request = requestOf([fit, unfit(), undefined]);
    const sent = schemaStage(request, MOONSHOT, (note) => notes.push(note));
    expect(sent.tools?.[0]).toBe(request.tools?.[0]);
    expect(sent.tools?.[1]?.parameters).toEqual(
      object({ when: { type: 'string', description: 'format: date' } }),
    );
    expect(sent.tools?.[2]).toBe(request.tools?.[2]);
    expect(notes).toEqual([
      {
        stage: 'schema',
        action: 'rewritten',
        text: 'Rewrote the parameters of the tool tool1 into the schemas that the host takes (properties.when: dropped `format`).',
      },
    ]);
  });

  it('rewrites the schema of the answer', () => {
    const request: ModelRequest = {
      messages: [],
      responseFormat: { type: 'json-schema', name: 'out', schema: { $schema: 'x', ...fit }, strict: true },
    };
    const sent = schemaStage(request, MOONSHOT, () => {});
    expect(sent.responseFormat).toEqual({ type: 'json-schema', name: 'out', schema: fit, strict: true });
  });

  it('leaves a request alone that is acceptable, or goes to who takes all of JSON Schema', () => {
    const acceptable = requestOf([fit, {}]);
    expect(schemaStage(acceptable, MOONSHOT, fail)).toBe(acceptable);
    const request = requestOf([unfit()]);
    expect(schemaStage(request, target('vllm'), fail)).toBe(request);
    expect(schemaStage(request, { modelId: 'kimi', protocol: 'completions' }, fail)).toBe(request);
  });

  it('gives unknown hosts what every host takes', () => {
    const request = requestOf([unfit()]);
    expect(schemaStage(request, { modelId: 'kimi', protocol: 'openai-chat' }, () => {})).not.toBe(request);
  });

  it('makes arguments objects, whatever the schema says', () => {
    const sent = schemaStage(requestOf([{ type: 'string', description: 'odd' }]), MOONSHOT, () => {});
    expect(sent.tools?.[0]?.parameters).toEqual({ type: 'object', description: 'odd' });
  });

  it('gives the same object for equal schemas of later requests, and never one for another', () => {
    const rewrite = (schema: JsonSchema) =>
      schemaStage(requestOf([schema]), MOONSHOT, () => {}).tools?.[0]?.parameters;
    const first = rewrite(unfit());
    expect(rewrite(unfit())).toBe(first);
    expect(rewrite(object({ when: { type: 'string', format: 'time' } }))).toEqual(
      object({ when: { type: 'string', description: 'format: time' } }),
    );
    expect(rewrite(unfit())).toBe(first);
  });
});

/** A schema that is its own condition has no answer: the validator calls itself until it cannot. */
function accepts(validator: Validator, instance: unknown): boolean {
  try {
    return validator.validate(instance).valid;
  } catch (error) {
    if (
      error instanceof RangeError ||
      (error instanceof Error && error.message.startsWith('Unresolved $ref'))
    )
      return false;
    throw error;
  }
}

function object(properties: object, required?: readonly string[]): JsonSchema {
  return { type: 'object', properties, ...(required && { required }) };
}

function target(host: string): Target {
  const profile = hostProfile(host);
  return { modelId: 'kimi-k2.6', protocol: 'openai-chat', ...(profile && { host: profile }) };
}

function requestOf(schemas: readonly (JsonSchema | undefined)[]): ModelRequest {
  const tools = schemas.map((parameters, i) => ({ name: `tool${i}`, ...(parameters && { parameters }) }));
  return { messages: [{ role: 'user', content: 'go' }], tools };
}

function fail(note: Note): void {
  throw new Error(`told ${note.text}`);
}
