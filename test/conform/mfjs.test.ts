import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkMfjs, checkMfjsText, MFJS_LIMITS, toMfjs } from '../../src/conform/schema/index.ts';

interface Vector {
  readonly suite: string;
  readonly valid: boolean;
  readonly schema: string;
  readonly expect?: string;
}

/** Moonshot's own cases lie beside the project, not in it; they were written for a depth of 5. */
const VECTORS = new URL('../../../shared/vectors/mfjs.json', import.meta.url);
const CASES_DEPTH = { ...MFJS_LIMITS, depth: 5 };

describe("Moonshot's own cases", () => {
  const vectors: Vector[] = existsSync(VECTORS) ? JSON.parse(readFileSync(VECTORS, 'utf8')) : [];

  it(`are decided as Moonshot's validator does, as far as they are here (${vectors.length} of 237)`, () => {
    const wrong = vectors.filter(({ valid, schema, expect: part = '' }) => {
      const complaint = checkMfjsText(schema, CASES_DEPTH);
      return valid ? complaint !== undefined : complaint === undefined || !complaint.includes(part);
    });
    expect(wrong).toEqual([]);
  });

  it(`are acceptable once they are rewritten, and stay as they are where they were (${vectors.length} of 237)`, () => {
    for (const { schema: text } of vectors) {
      const schema = parsed(text);
      const { schema: rewritten, changes } = toMfjs(schema);
      expect(checkMfjs(rewritten)).toBeUndefined();
      expect(rewritten === schema).toBe(checkMfjs(schema) === undefined);
      expect(changes.length === 0).toBe(rewritten === schema);
    }
  });
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

describe('what the validator of Moonshot accepts', () => {
  const accepted: { readonly [name: string]: object } = {
    'an empty schema': {},
    'a recursive definition that can end': {
      $ref: '#/$defs/Node',
      $defs: {
        Node: {
          type: 'object',
          properties: { next: { anyOf: [{ $ref: '#/$defs/Node' }, { type: 'null' }] } },
          required: ['next'],
        },
      },
    },
    'a path into a definition': {
      type: 'object',
      properties: { b: { $ref: '#/$defs/A/properties/b' } },
      $defs: { A: { type: 'object', properties: { b: { type: 'string' } } } },
    },
    'null in an enum of numbers when it comes first': { type: ['null', 'integer'], enum: [1, null] },
    'a schema without a type': { properties: { a: {} } },
    'a description around a reference to something described': {
      type: 'object',
      properties: { a: { description: 'here', anyOf: [{ $ref: '#/$defs/A' }] } },
      $defs: { A: { type: 'string', description: 'there' } },
    },
    'properties named like what objects inherit': JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{}},"required":["constructor","__proto__"]}',
    ),
  };

  it.each(Object.entries(accepted))('%s', (_, schema) => expect(checkMfjs(schema)).toBeUndefined());
});

describe('what the validator of Moonshot refuses', () => {
  const refused: readonly (readonly [schema: unknown, complaint: string])[] = [
    [null, "At path 'root': schema must be a dict"],
    [true, "At path 'root': input schema must be a string or map"],
    [{ $schema: 'x', type: 'object' }, "At path 'root': unsupported keywords: $schema"],
    [{ type: 'object', required: ['toString'], properties: {} }, "'toString' is not defined in properties"],
    [{ type: ['integer', 'null'], enum: [1, null] }, 'not a valid integer'],
    [{ type: 'string', enum: ['a', 1e6] }, 'enum value (1e+06) does not match any type in [string]'],
    [
      { type: 'object', properties: { '{id}': { type: 'string', enum: ['a'] } } },
      "At path 'properties.{id}.enum': invalid path: properties.{id}",
    ],
    [
      { description: 'a', anyOf: [{ type: 'string', description: 'b' }] },
      'keywords (description) are defined on the parent schema and inside anyOf',
    ],
    [{ type: 'object', description: 'x'.repeat(120_000) }, 'schema exceeds maximum allowed size'],
    [nested(31), 'schema depth exceeds maximum limit of 30'],
    [
      {
        type: 'object',
        properties: Object.fromEntries(Array.from({ length: 3001 }, (_, i) => [`p${i}`, {}])),
      },
      'total number of properties keys(3001) across all objects exceeds maximum limit of 3000',
    ],
  ];

  it.each(refused)('%j', (schema, complaint) => expect(checkMfjs(schema)).toContain(complaint));

  it('text that is no JSON, or no object, or holds a number that is none', () => {
    for (const text of [
      '',
      '{',
      '{"type":}',
      '[]',
      'true',
      '"{}"',
      '7',
      '{"type":"number","minimum":1e999}',
    ]) {
      expect(checkMfjsText(text)).toContain('JSON schema parsing error');
    }
  });

  it('a key that stands twice counts as its last, as in every reader', () => {
    expect(checkMfjsText('{"type":"nonsense","type":"object"}')).toBeUndefined();
  });

  it('nesting that would overflow the stack', () => {
    const text = `${'{"items":'.repeat(50_000)}{}${'}'.repeat(50_000)}`;
    expect(checkMfjsText(text)).toContain('schema depth exceeds maximum limit');
  });

  it('a circle', () => {
    const schema: Record<string, unknown> = { type: 'object' };
    schema['additionalProperties'] = schema;
    expect(checkMfjs(schema)).toContain('schema depth exceeds maximum limit');
  });
});

function nested(depth: number): object {
  let schema: object = { type: 'string' };
  for (let i = 0; i < depth; i++) schema = { type: 'object', properties: { a: schema } };
  return schema;
}
