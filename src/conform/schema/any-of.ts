import type { Parts } from './meaning.ts';
import type { Dictionary } from './rules.ts';

const made = new WeakMap<Dictionary, Map<string, Parts>>();

/** A schema that is satisfied by any of several; the same object for the same place, so that circles are seen. */
export function anyOf(raw: Dictionary, kinds: Parts, place = 'items'): Parts {
  if (kinds.length === 1) return kinds;
  let places = made.get(raw);
  if (places === undefined) made.set(raw, (places = new Map()));
  let parts = places.get(place);
  if (parts === undefined) places.set(place, (parts = [{ anyOf: kinds }]));
  return parts;
}
