import { below, complain, inAnyOf, type Place, ROOT } from './place.ts';
import { resolveRef } from './resolve-ref.ts';
import { ANNOTATIONS, type Dictionary, isDictionary, own } from './rules.ts';
import { terminates } from './terminates.ts';

/** The first complaint about references, once every keyword has been looked at alone. */
export function checkRefs(root: Dictionary, refs: Iterable<string>): string | undefined {
  for (const ref of refs) {
    if (resolveRef(root, ref) === undefined) return complain(ROOT, `invalid $ref path: ${ref}`);
  }
  const ends = new Map<string, boolean>();
  return walk(root, ROOT, !terminates(root, root));

  /**
   * Goes through everything but definitions. `mustEnd`: nothing above allows an end yet. Moonshot's validator forgets
   * that for the keywords that it happens to visit later; here it is kept.
   */
  function walk(schema: Dictionary, place: Place, mustEnd: boolean): string | undefined {
    if (Object.hasOwn(schema, '$ref')) {
      const complaint = checkSite(schema, place, mustEnd);
      if (complaint !== undefined) return complaint;
    }
    for (const key of Object.keys(schema)) {
      if (key === '$defs') continue;
      const value = schema[key];
      let complaint: string | undefined;
      if (isDictionary(value)) complaint = walk(value, below(place, key), mustEnd && !frees(schema, key));
      else if (key === 'anyOf' && Array.isArray(value)) {
        for (const [index, branch] of value.entries()) {
          if (isDictionary(branch)) complaint ??= walk(branch, inAnyOf(place, index), mustEnd);
        }
      }
      if (complaint !== undefined) return complaint;
    }
    return undefined;
  }

  function checkSite(schema: Dictionary, place: Place, mustEnd: boolean): string | undefined {
    const ref = schema['$ref'];
    if (ref !== null && typeof ref !== 'string')
      return complain(below(place, '$ref'), '$ref must be a string');
    const expanded = ref === null ? schema : expand(root, ref, place);
    if (typeof expanded === 'string') return expanded;
    const complaint = checkContext(schema, expanded, place);
    if (complaint !== undefined || !mustEnd) return complaint;
    let end = ref === null ? terminates(root, schema) : ends.get(ref);
    if (end === undefined) ends.set(`${ref}`, (end = terminates(root, expanded)));
    return end ? undefined : complain(place, 'detected infinite recursion without termination condition');
  }
}

/** Below these an end is always possible. */
function frees(schema: Dictionary, key: string): boolean {
  if (key === 'additionalProperties') return true;
  const required = own(schema, 'required');
  return key === 'properties' && Array.isArray(required) && required.length === 0;
}

/** What a reference stands for, followed while there is nothing but references and annotations; or the complaint. */
function expand(root: Dictionary, start: string, place: Place): Dictionary | string {
  const visited = new Set<string>();
  const kept: { [keyword: string]: unknown } = {};
  let ref = start;
  let current = find(root, ref);
  for (;;) {
    visited.add(ref);
    if (typeof current === 'string') return current;
    const next = own(current, '$ref') ?? null;
    if (next === null) break;
    const keywords = Object.keys(current).filter((key) => key !== '$ref');
    if (!keywords.every((key) => ANNOTATIONS.has(key))) break;
    if (typeof next !== 'string') return complain(below(place, '$ref'), '$ref must be a string');
    if (visited.has(next)) break;
    const target = find(root, next);
    if (typeof target === 'string') return target;
    for (const key of keywords.sort()) {
      if (Object.hasOwn(kept, key)) {
        return complain(
          place,
          `conflicting keywords found after $ref expansion: keyword "${key}" appears at multiple levels in a chained "$ref"; keep it in only one place`,
        );
      }
      kept[key] = current[key];
    }
    ref = next;
    current = target;
  }
  return { ...current, ...kept };
}

function find(root: Dictionary, ref: string): Dictionary | string {
  if (ref !== '#' && !ref.startsWith('#/$defs/')) {
    return complain(below(ROOT, '$ref'), 'only local references are supported');
  }
  return resolveRef(root, ref) ?? complain(ROOT, `invalid $ref path: ${ref}`);
}

/** Whether a reference may stand where it stands, beside what stands beside it. */
function checkContext(parent: Dictionary, target: Dictionary, place: Place): string | undefined {
  const beside = Object.keys(parent).filter((key) => key !== '$ref');
  const both = beside.filter((key) => Object.hasOwn(target, key)).sort();
  if (both.length > 0) {
    return complain(
      place,
      `conflicting keywords found after $ref expansion: keywords (${both.join(', ')}) are defined both alongside "$ref" and in the referenced schema; remove the duplicates`,
    );
  }
  const has = (schema: Dictionary, key: string) => Object.hasOwn(schema, key);
  if ((has(parent, 'type') && has(target, 'anyOf')) || (has(target, 'type') && has(parent, 'anyOf'))) {
    return complain(
      place,
      'invalid schema after $ref expansion: (when using anyOf, type should be defined in anyOf items instead of the parent schema)',
    );
  }
  const branches = own(target, 'anyOf');
  for (const branch of Array.isArray(branches) ? branches : []) {
    if (!isDictionary(branch)) continue;
    const conflicts = beside.filter((key) => key !== 'anyOf' && has(branch, key)).sort();
    if (conflicts.length > 0) {
      return complain(
        place,
        `conflicting keywords found in anyOf after ref expansion: keywords (${conflicts.join(', ')}) are defined alongside "$ref" and inside anyOf in the referenced schema; define them in only one place`,
      );
    }
  }
  const allowed =
    place.length <= 1 ||
    place.parent?.part === 'properties' ||
    place.part === 'items' ||
    place.part === 'additionalProperties' ||
    place.part.startsWith('anyOf');
  return allowed ? undefined : complain(place, '$ref is not allowed in this schema.');
}
