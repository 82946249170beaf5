import { isJsonObject, type JsonSchema } from '../../core/index.ts';

/** Parts that a schema may have once its references are followed. */
const MAX_PARTS = 5000;
const MAX_DEPTH = 40;

const NUMBERS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const COUNTS = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'];
const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];

/**
 * What of a stranger's schema can be checked without trusting it. The server checks its arguments itself; this is for
 * a quicker and clearer word to the model, so it may ask for less than the schema and never for more. References are
 * followed into place, so that nothing recurses; regular expressions are left out, since one may take for ever; too
 * large or too deep a part is left open, as is what is not understood.
 */
export function plainSchema(schema: JsonSchema): JsonSchema {
  let parts = 0;

  const read = (part: unknown, depth: number, following: readonly string[]): JsonSchema => {
    if (!isJsonObject(part) || depth > MAX_DEPTH || ++parts > MAX_PARTS) return {};
    const next = (inner: unknown) => read(inner, depth + 1, following);
    // Whether what stands beside a reference counts depends on the draft.
    if (typeof part['$ref'] === 'string') return followed(part['$ref'], depth, following);
    const plain = { ...simple(part), ...objects(part, next), ...arrays(part, next) };
    const all = list(part['allOf']).map(next);
    // One of several is checked as any of them: that is never more than was asked for.
    const any = list(part['anyOf']).map(next);
    const one = list(part['oneOf']).map(next);
    if (any.length > 0 && one.length > 0) all.push({ anyOf: one });
    const choice = any.length > 0 ? any : one;
    return {
      ...plain,
      ...(all.length > 0 && { allOf: all }),
      ...(choice.length > 0 && { anyOf: choice }),
    };
  };

  const followed = (ref: string, depth: number, following: readonly string[]): JsonSchema => {
    if (following.includes(ref)) return {};
    return read(pointed(schema, ref), depth + 1, [...following, ref]);
  };

  const plain = read(schema, 0, []);
  // Half a schema is not the schema: some of it would be open where its twin is not.
  return parts > MAX_PARTS ? { type: 'object' } : plain;
}

function simple(part: Record<string, unknown>): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  const type = part['type'];
  const types = (Array.isArray(type) ? type : [type]) as unknown[];
  if (types.every((name) => TYPES.includes(name as string)) && types.length > 0) plain['type'] = type;
  if (Array.isArray(part['enum']) && part['enum'].length > 0) plain['enum'] = part['enum'];
  if ('const' in part) plain['const'] = part['const'];
  for (const key of NUMBERS) if (Number.isFinite(part[key])) plain[key] = part[key];
  for (const key of COUNTS) {
    if (Number.isInteger(part[key]) && (part[key] as number) >= 0) plain[key] = part[key];
  }
  if (plain['multipleOf'] !== undefined && !((plain['multipleOf'] as number) > 0)) delete plain['multipleOf'];
  return plain;
}

type Read = (part: unknown) => JsonSchema;

function objects(part: Record<string, unknown>, read: Read): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  const { properties, required, additionalProperties: further } = part;
  if (isJsonObject(properties)) {
    plain['properties'] = Object.fromEntries(
      Object.entries(properties).map(([name, inner]) => [name, read(inner)]),
    );
  }
  if (Array.isArray(required) && required.every((name) => typeof name === 'string'))
    plain['required'] = required;
  // Names that a pattern would let in are not known here, so no name is kept out.
  if ('patternProperties' in part) return plain;
  if (further === false) plain['additionalProperties'] = false;
  else if (isJsonObject(further)) plain['additionalProperties'] = read(further);
  return plain;
}

function arrays({ items, prefixItems }: Record<string, unknown>, read: Read): Record<string, unknown> {
  // In older drafts and beside `prefixItems`, `items` is not about all of them.
  return isJsonObject(items) && prefixItems === undefined ? { items: read(items) } : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What `#/…` leads to. */
function pointed(schema: JsonSchema, ref: string): unknown {
  if (ref === '#') return schema;
  if (!ref.startsWith('#/')) return undefined;
  let part: unknown = schema;
  for (const step of ref.slice(2).split('/')) {
    const key = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, key)) return undefined;
    part = (part as Record<string, unknown>)[key];
  }
  return part;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
