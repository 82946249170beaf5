import type { Bounds } from './bounds.ts';
import { type Piece, piece } from './piece.ts';

/**
 * The branches of a choice, without those that say what another says: enums of one type become one, a choice in a choice
 * joins it. `whenTooMany` is called where nothing but types can be kept of them.
 */
export function mergeBranches(pieces: readonly Piece[], bounds: Bounds, whenTooMany: () => void): Piece[] {
  const enums = new Map<string, Piece>();
  const seen = new Set<string>();
  const merged: Piece[] = [];
  for (const branch of pieces.flatMap(flatten)) {
    const { schema, notes } = branch;
    const keywords = Object.keys(schema);
    const values = schema['enum'];
    if (notes.length > 0 || branch.branches) merged.push(branch);
    else if (keywords.length === 2 && Array.isArray(values) && typeof schema['type'] === 'string') {
      const earlier = enums.get(schema['type']);
      if (earlier === undefined) {
        enums.set(schema['type'], branch);
        merged.push(branch);
      } else earlier.schema['enum'] = [...new Set([...(earlier.schema['enum'] as unknown[]), ...values])];
    } else if (keywords.length <= 1 && typeof (schema['type'] ?? schema['$ref'] ?? '') === 'string') {
      const key = `${keywords[0]} ${schema['type'] ?? schema['$ref']}`;
      if (!seen.has(key)) merged.push(branch);
      seen.add(key);
    } else merged.push(branch);
  }
  for (const { schema } of enums.values()) {
    if ((schema['enum'] as unknown[]).length > bounds.values) delete schema['enum'];
  }
  if (merged.length <= bounds.branches) return merged;
  whenTooMany();
  return [typesOnly(merged)];
}

function flatten(branch: Piece): readonly Piece[] {
  const bare = Object.keys(branch.schema).length === 0 && branch.notes.length === 0;
  return branch.branches && bare ? branch.branches : [branch];
}

/** What is left of too many branches: their types, or anything where one of them has none. */
function typesOnly(branches: readonly Piece[]): Piece {
  const types = new Set<unknown>();
  for (const { schema } of branches) {
    const type = schema['type'];
    if (type === undefined) return piece();
    for (const one of Array.isArray(type) ? type : [type]) types.add(one);
  }
  return piece({ type: types.size === 1 ? [...types][0] : [...types] });
}
