import { isJsonObject } from '../../core/index.ts';
import type { Definitions } from './definitions.ts';
import { compareCodePoints, pythonJson, pythonText, sortedEntries } from './python-text.ts';

/** A JSON Schema, read and ready to be printed as a type, with what stands above it as comments. */
export interface SchemaType {
  readonly description: string;
  /** `minLength: 1, pattern: ^a`, or empty. */
  readonly limits: string;
  /** The type; `indent` is that of the line it stands on. */
  print(indent: string): string;
}

export interface ObjectType extends SchemaType {
  readonly fields: readonly Field[];
}

interface Field {
  readonly name: string;
  readonly type: SchemaType;
  readonly optional: boolean;
  readonly default: unknown;
}

const STEP = '  ';
const LIMITS: Readonly<Record<string, readonly string[]>> = {
  string: ['maxLength', 'minLength', 'pattern'],
  number: ['maximum', 'minimum'],
  integer: ['maximum', 'minimum'],
  array: ['maxItems', 'minItems'],
};
/** Only in a list of types; alone, every name but `integer` is printed as it is. */
const LISTED_TYPES: Readonly<Record<string, string>> = {
  integer: 'number',
  object: '{}',
  array: 'Array<any>',
};
const ANY: SchemaType = plain(() => 'any');

/**
 * Reads a schema. The order of the questions is that of Moonshot's encoder: a reference, `anyOf`, `enum`,
 * `type`. It refuses any other schema; here `const`, `oneOf` and `allOf` are printed and the rest is `any`.
 */
export function schemaType(schema: unknown, definitions: Definitions): SchemaType {
  if (schema === false) return plain(() => 'null');
  if (!isJsonObject(schema)) return ANY;
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const name = definitions.resolve(reference);
    return plain(() => name, schema);
  }
  if (Array.isArray(schema['anyOf'])) return joined(schema, schema['anyOf'], ' | ', definitions);
  if (Array.isArray(schema['enum'])) return literals(schema, schema['enum']);
  const type = schema['type'];
  if (Array.isArray(type)) {
    const names = type.map((name) => own(LISTED_TYPES, pythonText(name)) ?? pythonText(name));
    return plain(() => names.join(' | '), schema);
  }
  if (type === 'object') return objectType(schema, definitions);
  if (type === 'array') return arrayType(schema, definitions);
  if (typeof type === 'string') {
    return plain(() => (type === 'integer' ? 'number' : type), schema, own(LIMITS, type));
  }
  return refusedType(schema, definitions);
}

/** Reads a schema as an object, whatever its `type` says: the root of a tool's parameters is one. */
export function objectType(schema: Record<string, unknown>, definitions: Definitions): ObjectType {
  definitions.add(schema['$defs']);
  const others = additionalType(schema['additionalProperties'], definitions);
  const fields = fieldsOf(schema, definitions);
  const inOrder = [...fields].sort(
    (a, b) => Number(a.optional) - Number(b.optional) || compareCodePoints(a.name, b.name),
  );
  const print = (indent: string): string => {
    const inner = indent + STEP;
    const lines = inOrder.map((field) => printField(field, inner));
    if (others) lines.push(`${inner}[k: string]: ${others.print(inner)}`);
    return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
  };
  return { ...plain(print, schema), fields };
}

/** The fields of an object in the order of their names, a line each, without the braces. */
export function printFields(type: ObjectType): string {
  return type.fields.map((field) => printField(field, STEP)).join(',\n');
}

/** The lines of a comment; an empty line stays empty. */
export function commentLines(text: string, indent = ''): string {
  return text
    .split('\n')
    .map((line) => (line ? `${indent}// ${line}` : ''))
    .join('\n');
}

/** What stands under a name that a stranger chose. */
function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function plain(
  print: SchemaType['print'],
  schema: Record<string, unknown> = {},
  limitKeys: readonly string[] = [],
): SchemaType {
  const description = typeof schema['description'] === 'string' ? schema['description'] : '';
  const limits = limitKeys.filter((key) => schema[key] !== undefined);
  return { description, limits: limits.map((key) => `${key}: ${pythonText(schema[key])}`).join(', '), print };
}

function literals(schema: Record<string, unknown>, values: readonly unknown[]): SchemaType {
  const text = values.map((value) => (typeof value === 'string' ? `"${value}"` : pythonText(value)));
  return plain(() => text.join(' | '), schema);
}

function joined(
  schema: Record<string, unknown>,
  members: readonly unknown[],
  separator: string,
  definitions: Definitions,
): SchemaType {
  const types = members.map((member) => schemaType(member, definitions));
  return plain((indent) => types.map((type) => type.print(indent)).join(separator), schema);
}

function arrayType(schema: Record<string, unknown>, definitions: Definitions): SchemaType {
  const items = schema['items'];
  const empty = !items || (typeof items === 'object' && Object.keys(items).length === 0);
  const item = empty ? ANY : schemaType(items, definitions);
  const print = (indent: string): string => {
    const inner = indent + STEP;
    const comment = printComment(item, inner);
    if (!comment) return `Array<${item.print(indent)}>`;
    return `Array<\n${comment}${inner}${item.print(inner)}\n${indent}>`;
  };
  return plain(print, schema, LIMITS['array']);
}

function refusedType(schema: Record<string, unknown>, definitions: Definitions): SchemaType {
  if ('const' in schema) return literals(schema, [schema['const']]);
  if (Array.isArray(schema['oneOf'])) return joined(schema, schema['oneOf'], ' | ', definitions);
  if (Array.isArray(schema['allOf'])) return joined(schema, schema['allOf'], ' & ', definitions);
  if (isJsonObject(schema['properties'])) return objectType(schema, definitions);
  return plain(() => 'any', schema);
}

function additionalType(schema: unknown, definitions: Definitions): SchemaType | undefined {
  if (schema === undefined || schema === null) return undefined;
  return schema === false ? plain(() => 'never') : schemaType(schema, definitions);
}

function fieldsOf(schema: Record<string, unknown>, definitions: Definitions): Field[] {
  const properties = schema['properties'];
  if (!isJsonObject(properties)) return [];
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  return sortedEntries(properties).map(([name, property]) => ({
    name,
    type: schemaType(property, definitions),
    optional: !required.has(name),
    default: isJsonObject(property) ? property['default'] : undefined,
  }));
}

function printField(field: Field, indent: string): string {
  const type = field.type.print(indent);
  return `${printComment(field.type, indent)}${printDefault(field.default, indent)}${indent}${field.name}${field.optional ? '?' : ''}: ${type}`;
}

function printComment(type: SchemaType, indent: string): string {
  const description = type.description && `${commentLines(type.description, indent)}\n`;
  return description + (type.limits && `${indent}// ${type.limits}\n`);
}

function printDefault(value: unknown, indent: string): string {
  if (value === undefined || value === null) return '';
  const scalar = typeof value === 'number' || typeof value === 'boolean';
  return `${indent}// Default: ${scalar ? pythonText(value) : pythonJson(value, { sortKeys: true })}\n`;
}
