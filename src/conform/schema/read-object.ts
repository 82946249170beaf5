import { anyOf } from './any-of.ts';
import type { Alternative, Parts } from './meaning.ts';
import { type Dictionary, isDictionary, own, RESERVED_NAMES } from './rules.ts';

/** What a schema says of objects. Properties that cannot be named are let in as further ones. */
export function objectLimits(raw: Dictionary, notes: string[]): Partial<Alternative> {
  const declared = own(raw, 'properties');
  const properties = new Map<string, Parts>();
  const unnamed: unknown[] = [];
  if (isDictionary(declared)) {
    for (const name of Object.keys(declared)) {
      const schema = declared[name];
      if (schema === false) continue;
      if (name === '' || RESERVED_NAMES.has(name)) {
        unnamed.push(schema);
        if (name !== '') notes.push(`also takes \`${name}\``);
      } else properties.set(name, isDictionary(schema) ? [schema] : []);
    }
  }
  const rest = restOf(raw, unnamed);
  const required = new Set<string>();
  const names = own(raw, 'required');
  for (const name of Array.isArray(names) ? names : []) {
    if (typeof name !== 'string' || name === '' || RESERVED_NAMES.has(name)) continue;
    required.add(name);
    if (!properties.has(name)) properties.set(name, rest === undefined || rest === 'closed' ? [] : rest);
  }
  addNotes(raw, notes);
  return {
    ...(properties.size > 0 && { properties }),
    ...(required.size > 0 && { required }),
    ...(rest !== undefined && { rest }),
  };
}

/** What further properties may be; what patterns say of some of them is true of any. */
function restOf(raw: Dictionary, unnamed: readonly unknown[]): 'closed' | Parts | undefined {
  const patterns = own(raw, 'patternProperties');
  const further = own(raw, 'additionalProperties');
  if (further !== false && !isDictionary(further)) return undefined;
  const kinds: unknown[] = [...(isDictionary(patterns) ? Object.values(patterns) : []), ...unnamed];
  if (further !== false) kinds.unshift(further);
  const possible = kinds.filter((kind) => kind !== false);
  if (possible.length === 0) return 'closed';
  return possible.every(isDictionary) ? anyOf(raw, possible, 'rest') : undefined;
}

function addNotes(raw: Dictionary, notes: string[]): void {
  const names = own(raw, 'propertyNames');
  const pattern = isDictionary(names) ? own(names, 'pattern') : undefined;
  if (typeof pattern === 'string') notes.push(`names match ${pattern}`);
  const patterns = own(raw, 'patternProperties');
  const shown = isDictionary(patterns) ? Object.keys(patterns) : [];
  if (shown.length > 0 && shown.length <= 3) notes.push(`further names match ${shown.join(' or ')}`);
  const least = own(raw, 'minProperties');
  const most = own(raw, 'maxProperties');
  if (typeof least === 'number' && least > 0)
    notes.push(`at least ${least} ${least === 1 ? 'property' : 'properties'}`);
  if (typeof most === 'number') notes.push(`at most ${most} ${most === 1 ? 'property' : 'properties'}`);
}
