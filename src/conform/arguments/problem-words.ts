import type { OutputUnit } from '@cfworker/json-schema';
import { isJsonObject } from '../../core/index.ts';

/** The keys that lead to a value. */
export type Path = readonly (string | number)[];

/** One thing that is wrong with the arguments of a call. */
export interface ArgumentProblem {
  readonly path: Path;
  /** The keyword of the schema that is not met. */
  readonly keyword: string;
  /** What is wrong, with the value that was given: for the model, not for logs. */
  readonly words: string;
}

const PLAIN_KEY = /^[A-Za-z_$][\w$-]{0,63}$/;

/** A path as a person writes it, `stops[2].city`; the whole is `arguments`. */
export function pathText(path: Path): string {
  return path.length === 0 ? 'arguments' : joined(path, (key) => `[${JSON.stringify(key)}]`);
}

/** The same for logs: a key that may be what the model made up is an asterisk. */
export function placeText(path: Path): string {
  return path.length === 0 ? 'arguments' : joined(path.slice(0, 32), () => '.*');
}

function joined(path: Path, odd: (key: string) => string): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else if (!PLAIN_KEY.test(key)) text += odd(key);
    else text += text === '' ? key : `.${key}`;
  }
  return text;
}

/** The path that a JSON pointer in a fragment means in this document. */
export function pathOf(document: unknown, pointer: string): Path {
  const path: (string | number)[] = [];
  let value = document;
  for (const part of pointer.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(key) : key);
    value = isJsonObject(value) || Array.isArray(value) ? (value as Record<string, unknown>)[key] : undefined;
  }
  return path;
}

const TYPES: { readonly [type: string]: string } = {
  array: 'an array',
  boolean: 'true or false',
  integer: 'an integer',
  null: 'null',
  number: 'a number',
  object: 'an object',
  string: 'a string',
};

/** What one failed keyword means for whoever wrote the value. */
export function problemOf(unit: OutputUnit, path: Path, wanted: unknown, document: unknown): ArgumentProblem {
  const { keyword } = unit;
  if (keyword === 'required') {
    const missing = /property "(.*)"\.$/s.exec(unit.error)?.[1] ?? '?';
    return { path: [...path, missing], keyword, words: 'is required but missing' };
  }
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') {
    const unknown = /^Property "(.*)" does not match/s.exec(unit.error)?.[1] ?? '?';
    return { path, keyword, words: `has a field ${show(unknown)}, which the schema does not know` };
  }
  return { path, keyword, words: `${words(unit, wanted)} (got ${show(valueAt(document, path))})` };
}

function words(unit: OutputUnit, wanted: unknown): string {
  switch (unit.keyword) {
    case 'type': {
      const types = [wanted].flat().map((type) => TYPES[String(type)] ?? String(type));
      return `must be ${types.join(' or ')}`;
    }
    case 'enum':
      return Array.isArray(wanted)
        ? `must be one of ${wanted.slice(0, 20).map(show).join(', ')}${wanted.length > 20 ? ', …' : ''}`
        : unit.error;
    case 'const':
      return `must be ${show(wanted)}`;
    case 'minimum':
      return `must be at least ${show(wanted)}`;
    case 'maximum':
      return `must be at most ${show(wanted)}`;
    case 'minLength':
      return `must have at least ${show(wanted)} characters`;
    case 'maxLength':
      return `must have at most ${show(wanted)} characters`;
    case 'minItems':
      return `must have at least ${show(wanted)} items`;
    case 'maxItems':
      return `must have at most ${show(wanted)} items`;
    case 'pattern':
      return `must match the pattern ${show(wanted)}`;
    case 'false':
      return 'is not allowed here';
    case 'anyOf':
    case 'oneOf':
      return 'fits none of the forms that the schema allows, or more than one';
    default:
      return `does not satisfy "${unit.keyword}" of the schema`;
  }
}

function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/** A value on one short line. Only its beginning is written: it may be large or deep. */
function show(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length} items`;
  if (isJsonObject(value)) return `an object with ${Object.keys(value).length} fields`;
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value);
  return typeof value === 'string' && value.length > 80 ? `${text} … of ${value.length} characters` : text;
}
