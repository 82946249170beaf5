import { isJsonObject } from '../../core/index.ts';
import { typeBits, valueBit } from './value-types.ts';

/** Keywords that say nothing about which values are right. */
const NOTES = new Set(['$schema', '$id', '$comment', 'title', 'description', 'default', 'examples']);
const DEEPEST = 50;

/**
 * Whether a value certainly satisfies a schema: one of plain types, fields, items and lists of values, as most tools have.
 * False says nothing: the schema or the value must be looked at by somebody who knows all of JSON Schema.
 */
export function surelySatisfies(value: unknown, schema: unknown, depth = 0): boolean {
  if (schema === true) return true;
  if (!isJsonObject(schema) || depth > DEEPEST) return false;
  for (const keyword of Object.keys(schema)) {
    if (!NOTES.has(keyword) && !satisfies(value, keyword, schema, depth + 1)) return false;
  }
  return true;
}

function satisfies(value: unknown, keyword: string, schema: Record<string, unknown>, depth: number): boolean {
  const wanted = schema[keyword];
  switch (keyword) {
    case 'type':
      return isType(wanted) && (valueBit(value) & typeBits(wanted)) !== 0;
    case 'enum':
      return Array.isArray(wanted) && typeof value !== 'object' && wanted.includes(value);
    case 'required':
      return !isJsonObject(value) || (Array.isArray(wanted) && wanted.every((name) => hasField(value, name)));
    case 'properties':
      return isJsonObject(wanted) && (!isJsonObject(value) || areRight(value, wanted, depth));
    case 'additionalProperties':
      return areRightOthers(value, schema, depth);
    case 'items':
      return !Array.isArray(value) || value.every((item) => surelySatisfies(item, wanted, depth));
    default:
      return false;
  }
}

const TYPES = new Set(['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']);

function isType(wanted: unknown): boolean {
  return typeof wanted === 'string' && TYPES.has(wanted);
}

function hasField(value: Record<string, unknown>, name: unknown): boolean {
  return typeof name === 'string' && Object.hasOwn(value, name);
}

function areRight(
  value: Record<string, unknown>,
  properties: Record<string, unknown>,
  depth: number,
): boolean {
  return Object.keys(value).every(
    (name) => !Object.hasOwn(properties, name) || surelySatisfies(value[name], properties[name], depth),
  );
}

function areRightOthers(value: unknown, schema: Record<string, unknown>, depth: number): boolean {
  const { properties = {}, additionalProperties: others } = schema;
  if (!isJsonObject(properties) || schema['patternProperties'] !== undefined) return false;
  if (!isJsonObject(value)) return true;
  return Object.keys(value).every(
    (name) => Object.hasOwn(properties, name) || surelySatisfies(value[name], others, depth),
  );
}
