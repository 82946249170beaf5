import { resolveRef } from './resolve-ref.ts';
import { type Dictionary, isDictionary, own } from './rules.ts';

/**
 * Whether some finite value could fit, by the measure of Moonshot's validator: from the schema a scalar, an open list
 * or an object without required properties can be reached through items, required properties, branches and references.
 */
export function terminates(root: Dictionary, start: Dictionary): boolean {
  const seen = new Set<string>();
  const waiting: unknown[] = [start];
  while (waiting.length > 0) {
    const schema = waiting.pop();
    if (!isDictionary(schema)) continue;
    const type = typeOf(schema);
    if (type === 'scalar' || Object.keys(schema).length === 0) return true;
    if (type === 'array') {
      const items = own(schema, 'items') ?? null;
      if (items === null) return true;
      waiting.push(items);
    }
    if (type === 'object') {
      const required = own(schema, 'required') ?? null;
      const properties = own(schema, 'properties');
      if (!Array.isArray(required) || required.length === 0) return true;
      if (!isDictionary(properties) || Object.keys(properties).length === 0) return true;
      for (const name of required) waiting.push(own(properties, String(name)));
    }
    const branches = own(schema, 'anyOf');
    if (Array.isArray(branches)) {
      if (branches.length === 0) return true;
      waiting.push(...branches);
    }
    const ref = own(schema, '$ref');
    if (typeof ref === 'string' && !seen.has(ref)) {
      seen.add(ref);
      waiting.push(resolveRef(root, ref));
    }
  }
  return false;
}

function typeOf(schema: Dictionary): 'scalar' | 'object' | 'array' | undefined {
  const type = own(schema, 'type');
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  let last: 'object' | 'array' | undefined;
  for (const item of types) {
    if (item === 'object' || item === 'array') last = item;
    else if (typeof item === 'string') return 'scalar';
  }
  return last;
}
