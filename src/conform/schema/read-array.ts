import { anyOf } from './any-of.ts';
import type { Alternative } from './meaning.ts';
import { counts } from './numbers.ts';
import { type Dictionary, isDictionary, own } from './rules.ts';

/** What a schema says of lists. A tuple's places become one kind of item, where the length is bounded. */
export function arrayLimits(raw: Dictionary, notes: string[]): Partial<Alternative> {
  if (own(raw, 'uniqueItems') === true) notes.push('no item twice');
  const length = counts(raw, 'minItems', 'maxItems');
  const items = own(raw, 'items');
  const tuple = Array.isArray(items) ? items : own(raw, 'prefixItems');
  if (!Array.isArray(tuple)) {
    if (items === false) return { most: 0 };
    return isDictionary(items) ? { ...length, items: [items] } : length;
  }
  const rest = Array.isArray(items) ? own(raw, 'additionalItems') : items;
  const closed = rest === false;
  const most = closed ? Math.min(tuple.length, length.most ?? tuple.length) : length.most;
  const bounded = { ...length, ...(most !== undefined && { most }) };
  if (length.least !== undefined && most !== undefined && length.least > most) delete bounded.least;
  const kinds = closed || (most !== undefined && most <= tuple.length) ? tuple : [...tuple, rest];
  return kinds.length > 0 && kinds.every(isDictionary) ? { ...bounded, items: anyOf(raw, kinds) } : bounded;
}
