import { checkEnum } from './check-enum.ts';
import { below, complain, complainAt, type Place, pathOf } from './place.ts';
import { ANNOTATIONS, type Dictionary, isDictionary, own, RESERVED_NAMES, ROOT_KEYWORDS } from './rules.ts';
import type { Whole } from './whole.ts';

type Check = (schema: Dictionary, place: Place, whole: Whole) => string | undefined;

/** The check of each keyword, in the order in which Moonshot's validator goes through them. */
const CHECKS: readonly (readonly [keyword: string, check: Check])[] = [
  ['$defs', checkDefinitions],
  ['$id', orNull('$id', checkText('$id'))],
  ['$ref', checkRef],
  ['additionalProperties', checkAdditional],
  ['anyOf', checkAnyOf],
  ['description', checkText('description')],
  ['enum', checkEnum],
  ['items', checkItems],
  ['pattern', orNull('pattern', checkText('pattern'))],
  ['properties', checkProperties],
  ['required', checkRequired],
  ['type', checkTypeForm],
];

/** The first complaint about a schema's keywords, each looked at alone. */
export function checkKeywords(schema: Dictionary, place: Place, whole: Whole): string | undefined {
  for (const [keyword, check] of CHECKS) {
    if (!Object.hasOwn(schema, keyword)) continue;
    const complaint = check(schema, place, whole);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function checkText(keyword: string): Check {
  return (schema, place) =>
    typeof schema[keyword] === 'string'
      ? undefined
      : complain(below(place, keyword), `${keyword} must be a string`);
}

function orNull(keyword: string, check: Check): Check {
  return (schema, place, whole) => (schema[keyword] === null ? undefined : check(schema, place, whole));
}

function checkTypeForm(schema: Dictionary, place: Place): string | undefined {
  const type = schema['type'];
  if (typeof type === 'string') return undefined;
  if (!Array.isArray(type)) return complain(place, 'type must be string or array of strings');
  return new Set(type).size < type.length
    ? complain(below(place, 'type'), 'duplicate types in type array')
    : undefined;
}

function checkItems(schema: Dictionary, place: Place): string | undefined {
  return isDictionary(schema['items'])
    ? undefined
    : complain(below(place, 'items'), 'items must be an object');
}

function checkAdditional(schema: Dictionary, place: Place): string | undefined {
  const value = schema['additionalProperties'];
  return typeof value === 'boolean' || isDictionary(value)
    ? undefined
    : complain(below(place, 'additionalProperties'), 'additionalProperties must be a boolean or an object');
}

function checkProperties(schema: Dictionary, place: Place): string | undefined {
  const here = below(place, 'properties');
  const properties = schema['properties'];
  if (!isDictionary(properties)) return complain(here, 'properties must be an object');
  for (const name of Object.keys(properties)) {
    if (name === '') return complain(here, 'property name cannot be empty');
    if (RESERVED_NAMES.has(name)) {
      return complain(here, `property name '${name}' is reserved for JSON Schema keywords`);
    }
    if (!isDictionary(properties[name])) {
      return complain(here, `property schema for '${name}' must be an object`);
    }
  }
  return undefined;
}

function checkRequired(schema: Dictionary, place: Place): string | undefined {
  const here = below(place, 'required');
  const names = schema['required'];
  if (!Array.isArray(names)) return complain(here, 'required must be an array');
  if (names.length === 0) return undefined;
  const seen = new Set<string>();
  for (const name of names) {
    if (typeof name !== 'string') return complain(here, 'items in required array must be strings');
    if (name === '') return complain(here, 'property names in required array cannot be empty');
  }
  for (const name of names) {
    if (seen.has(name)) return complain(here, `duplicate items in required array: ${name}`);
    seen.add(name);
  }
  if (place.lost) return complain(here, `invalid path: ${pathOf(place)}`);
  const type = own(schema, 'type');
  const isObject = Array.isArray(type) ? type.length === 1 && type[0] === 'object' : type === 'object';
  // A type that is neither text nor a list is complained about later.
  if (!isObject && (type === undefined || typeof type === 'string' || Array.isArray(type))) {
    return complain(here, 'required keyword must be used with object');
  }
  const properties = own(schema, 'properties');
  if (!isDictionary(properties))
    return complain(here, "required specified but 'properties' keyword is missing");
  const missing = names.find((name) => !Object.hasOwn(properties, name));
  return missing === undefined
    ? undefined
    : complain(here, `required property '${missing}' is not defined in properties`);
}

function checkRef(schema: Dictionary, place: Place, whole: Whole): string | undefined {
  const here = below(place, '$ref');
  const ref = schema['$ref'];
  if (typeof ref !== 'string') return complain(here, '$ref must be a string');
  if (ref !== '#') {
    if (!ref.startsWith('#/$defs/')) return complain(here, 'references must start with #/$defs/');
    if (ref === '#/$defs/') return complain(here, 'definition name cannot be empty');
    if (!Object.hasOwn(whole.root, '$defs')) return complain(here, `$defs not found for reference: ${ref}`);
    if (place.lost) return complain(here, `invalid path: ${pathOf(place)}`);
    const complaint = checkAlone(schema, '$ref', place);
    if (complaint !== undefined) return complaint;
  }
  whole.refs.add(ref);
  return undefined;
}

function checkAnyOf(schema: Dictionary, place: Place, whole: Whole): string | undefined {
  const here = below(place, 'anyOf');
  const branches = schema['anyOf'];
  if (!Array.isArray(branches)) return complain(here, 'anyOf must be an array');
  if (branches.length === 0 || branches.length > whole.limits.anyOfItems) {
    return complain(here, `anyOf must have 1-${whole.limits.anyOfItems} items`);
  }
  if (!branches.every(isDictionary)) return complain(here, 'schema in anyOf must be an object');
  if (place.lost) return complain(here, `invalid path: ${pathOf(place)}`);
  return checkAlone(schema, 'anyOf', place);
}

/** `anyOf` and `$ref` stand alone but for annotations. */
function checkAlone(schema: Dictionary, keyword: string, place: Place): string | undefined {
  const beside = Object.keys(schema)
    .sort()
    .find(
      (key) => key !== keyword && !ANNOTATIONS.has(key) && !(place.length === 0 && ROOT_KEYWORDS.has(key)),
    );
  return beside === undefined
    ? undefined
    : complain(place, `keyword '${beside}' is not allowed at the same level as ${keyword}`);
}

function checkDefinitions(schema: Dictionary, place: Place): string | undefined {
  const here = below(place, '$defs');
  const definitions = schema['$defs'];
  if (!isDictionary(definitions)) return complain(here, '$defs must be an object');
  for (const name of Object.keys(definitions)) {
    if (name === '') return complain(here, '$defs property name cannot be empty');
    if (name.includes('/'))
      return complain(here, `$defs property name '${name}' cannot contain '/' character`);
    if (!isDictionary(definitions[name])) return complain(here, `$defs schema must be object: ${name}`);
    const complaint = checkSlashes(definitions[name], `${pathOf(here)}.${name}`);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

/** No key inside a definition may hold a slash, whatever it stands in; lists in lists are not looked into. */
function checkSlashes(value: Dictionary, path: string): string | undefined {
  for (const [key, item] of Object.entries(value)) {
    if (key.includes('/')) {
      const parent = path.slice(0, path.lastIndexOf('.'));
      return complainAt(parent, `$defs property name '${key}' cannot contain '/' character`);
    }
    const nested = Array.isArray(item) ? item : [item];
    for (const [index, inner] of nested.entries()) {
      if (!isDictionary(inner)) continue;
      const complaint = checkSlashes(inner, `${path}.${key}${Array.isArray(item) ? `[${index}]` : ''}`);
      if (complaint !== undefined) return complaint;
    }
  }
  return undefined;
}
