import { checkKeywords } from './check-keywords.ts';
import { checkRefs } from './check-refs.ts';
import { checkType } from './check-type.ts';
import { measure } from './measure.ts';
import { below, complain, inAnyOf, type Place, ROOT } from './place.ts';
import { refDepths } from './ref-depth.ts';
import { type Dictionary, isDictionary, KEYWORDS, LIMITS, type Limits, own } from './rules.ts';
import type { Whole } from './whole.ts';

/**
 * The first complaint that Moonshot's own validator has about a schema at its strictest level, in its words; undefined
 * for one that it accepts. `limits` are those that its code has by default. What JSON text cannot say counts as `JSON.stringify` would write it. Where the validator's
 * answer depends on the order in which it happens to visit keywords, the stricter answer is given.
 */
export function checkMfjs(schema: unknown, limits: Limits = LIMITS): string | undefined {
  if (schema === null) return complain(ROOT, 'schema must be a dict');
  if (!isDictionary(schema)) return complain(ROOT, 'input schema must be a string or map');
  const { plain, size, tooDeep } = measure(schema, limits.size);
  if (tooDeep) return complain(ROOT, `schema depth exceeds maximum limit of ${limits.depth}`);
  if (!plain) return checkWritten(schema, limits);
  if (size > limits.size) return complain(ROOT, 'schema exceeds maximum allowed size');
  if (Object.keys(schema).length === 0) return undefined;
  const whole: Whole = { root: schema, limits, refs: new Set() };
  return checkTree(whole) ?? checkRefs(schema, whole.refs);
}

/** The same for a schema as JSON text, which may be no JSON at all. */
export function checkMfjsText(text: string, limits: Limits = LIMITS): string | undefined {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    return `JSON schema parsing error: JSON syntax error: ${error instanceof Error ? error.message : ''}`;
  }
  if (schema !== null && !isDictionary(schema)) {
    const kind = Array.isArray(schema) ? 'array' : typeof schema === 'boolean' ? 'bool' : typeof schema;
    return `JSON schema parsing error: JSON type error: expected map[string]interface {} but got ${kind}`;
  }
  const { plain, tooDeep } = measure(schema, Number.POSITIVE_INFINITY);
  if (tooDeep) return checkMfjs(schema, limits);
  // The only thing in JSON text that JavaScript reads as something else is a number too large for it.
  if (!plain) return 'JSON schema parsing error: JSON type error: expected float64 but got number';
  return checkMfjs(schema, limits);
}

function checkWritten(schema: Dictionary, limits: Limits): string | undefined {
  try {
    return checkMfjs(JSON.parse(JSON.stringify(schema) ?? 'true'), limits);
  } catch {
    return complain(ROOT, 'input schema must be a string or map');
  }
}

function checkTree(whole: Whole): string | undefined {
  const { limits } = whole;
  const depths = refDepths(whole.root, limits.depth);
  let deepest = 0;
  let names = 0;
  return (
    check(whole.root, ROOT, 0) ??
    (deepest > limits.depth
      ? complain(ROOT, `schema depth exceeds maximum limit of ${limits.depth}`)
      : undefined)
  );

  function check(schema: Dictionary, place: Place, depth: number): string | undefined {
    if (depth > limits.depth) {
      return complain(place, `schema depth exceeds maximum limit of ${limits.depth}`);
    }
    deepest = Math.max(deepest, depth);
    const unknown = Object.keys(schema).filter((key) => !KEYWORDS.has(key));
    if (unknown.length > 0) return complain(place, `unsupported keywords: ${unknown.sort().join(', ')}`);
    const complaint =
      checkEach(own(schema, '$defs'), below(place, '$defs'), depth) ??
      checkCompany(schema, place) ??
      checkType(schema, place) ??
      checkKeywords(schema, place, whole) ??
      checkBranches(schema, place);
    if (complaint !== undefined) return complaint;
    const ref = own(schema, '$ref');
    if (typeof ref === 'string') deepest = Math.max(deepest, depth + (depths.get(ref) ?? 0));
    return checkChildren(schema, place, depth);
  }

  function checkChildren(schema: Dictionary, place: Place, depth: number): string | undefined {
    const properties = own(schema, 'properties');
    if (isDictionary(properties)) {
      names += Object.keys(properties).length;
      if (names > limits.propertyNames) {
        return complain(
          place,
          `total number of properties keys(${names}) across all objects exceeds maximum limit of ${limits.propertyNames}`,
        );
      }
      const complaint = checkEach(properties, below(place, 'properties'), depth + 1);
      if (complaint !== undefined) return complaint;
    }
    for (const keyword of ['items', 'additionalProperties']) {
      const inner = own(schema, keyword);
      const complaint = isDictionary(inner) ? check(inner, below(place, keyword), depth) : undefined;
      if (complaint !== undefined) return complaint;
    }
    const branches = own(schema, 'anyOf');
    for (const [index, branch] of (Array.isArray(branches) ? branches : []).entries()) {
      const complaint = check(branch, inAnyOf(place, index), depth);
      if (complaint !== undefined) return complaint;
    }
    return undefined;
  }

  function checkEach(schemas: unknown, place: Place, depth: number): string | undefined {
    if (!isDictionary(schemas)) return undefined;
    const names = Object.keys(schemas);
    for (const name of place.part === '$defs' ? names.sort() : names) {
      const inner = schemas[name];
      if (!isDictionary(inner)) return complain(place, '$defs schema must be object');
      const complaint = check(inner, below(place, name), depth);
      if (complaint !== undefined) return complaint;
    }
    return undefined;
  }
}

/** `type` beside `anyOf` or `$ref`, and lists of types with `enum`. */
function checkCompany(schema: Dictionary, place: Place): string | undefined {
  if (!Object.hasOwn(schema, 'type')) return undefined;
  if (Object.hasOwn(schema, 'anyOf')) {
    return complain(
      place,
      'when using anyOf, type should be defined in anyOf items instead of the parent schema',
    );
  }
  if (Object.hasOwn(schema, '$ref')) {
    return complain(
      place,
      'when using $ref, type should be defined in the referenced schema instead of the parent schema',
    );
  }
  const types = schema['type'];
  if (!Array.isArray(types) || types.length < 2 || !Object.hasOwn(schema, 'enum')) return undefined;
  const wrong = types.find((type) => type === 'object' || type === 'array');
  return wrong === undefined
    ? undefined
    : complain(place, `type ${wrong} is not allowed in combination with enum`);
}

/** What is said beside `anyOf` must not be said in a branch too. */
function checkBranches(schema: Dictionary, place: Place): string | undefined {
  const branches = own(schema, 'anyOf');
  if (!Array.isArray(branches)) return undefined;
  for (const branch of branches) {
    const both = Object.keys(branch).filter((key) => key !== 'anyOf' && Object.hasOwn(schema, key));
    if (both.length > 0) {
      return complain(
        place,
        `conflicting keywords found in anyOf with parent: keywords (${both.sort().join(', ')}) are defined on the parent schema and inside anyOf; remove them from the parent or from anyOf branches`,
      );
    }
  }
  return undefined;
}
