import type { OutputUnit } from '@cfworker/json-schema';
import { isJsonObject, nearest } from '../../core/index.ts';
import { showList, showValue } from '../excerpt.ts';
import { type Path, pointerKeys, valueAt } from './json-path.ts';
import type { SchemaChecker } from './json-schema.ts';

const TYPES: { readonly [type: string]: string } = {
  array: 'an array',
  boolean: 'true or false',
  integer: 'an integer',
  null: 'null',
  number: 'a number',
  object: 'an object',
  string: 'a string',
};

/** What one failed keyword of a JSON Schema means for whoever wrote the value. */
export function keywordProblem(
  checker: SchemaChecker,
  document: unknown,
  unit: OutputUnit,
  path: Path,
): { path: Path; text: string } {
  if (unit.keyword === 'required') {
    const missing = /property "(.*)"\.$/s.exec(unit.error)?.[1] ?? '?';
    return { path: [...path, missing], text: 'required but missing' };
  }
  const keys = pointerKeys(unit.keywordLocation);
  if (unit.keyword.endsWith('Properties') && path.length > pointerKeys(unit.instanceLocation).length) {
    return {
      path,
      text: unknownField(String(path.at(-1)), checker.keywordAt([...keys.slice(0, -1), 'properties'])),
    };
  }
  const value = valueAt(document, path)?.value;
  return { path, text: words(unit, checker.keywordAt(keys), value) };
}

function words(unit: OutputUnit, wanted: unknown, value: unknown): string {
  const got = ` (got ${showValue(value)})`;
  switch (unit.keyword) {
    case 'type': {
      const types = [wanted].flat().map((type) => TYPES[String(type)] ?? String(type));
      return `must be ${types.join(' or ')}${got}`;
    }
    case 'enum':
      return Array.isArray(wanted) ? `must be one of ${showList(wanted)}${got}` : unit.error;
    case 'const':
      return `must be ${showValue(wanted)}${got}`;
    case 'minimum':
      return `must be at least ${wanted}${got}`;
    case 'maximum':
      return `must be at most ${wanted}${got}`;
    case 'exclusiveMinimum':
      return `must be more than ${wanted}${got}`;
    case 'exclusiveMaximum':
      return `must be less than ${wanted}${got}`;
    case 'multipleOf':
      return `must be a multiple of ${wanted}${got}`;
    case 'minLength':
      return `must have at least ${wanted} characters${got}`;
    case 'maxLength':
      return `must have at most ${wanted} characters (got ${String(value).length})`;
    case 'minItems':
      return `must have at least ${wanted} items${got}`;
    case 'maxItems':
      return `must have at most ${wanted} items (got ${(value as unknown[]).length})`;
    case 'uniqueItems':
      return 'must not have the same item twice';
    case 'pattern':
      return `must match the pattern ${wanted}${got}`;
    case 'format':
      return `must be a valid ${wanted}${got}`;
    case 'false':
      return 'is not allowed here';
    default:
      return unit.error;
  }
}

function unknownField(name: string, properties: unknown): string {
  const known = isJsonObject(properties) ? Object.keys(properties) : [];
  if (known.length === 0) return 'is not a known field; there are none';
  const meant = nearest(name, known);
  const hint = meant === undefined ? '' : ` (did you mean ${showValue(meant)}?)`;
  return `is not a known field${hint}; the fields are ${showList(known)}`;
}
