import { checkRefs } from './check-refs.ts';
import type { Draft } from './piece.ts';
import { resolveRef } from './resolve-ref.ts';
import { isDictionary } from './rules.ts';
import { terminates } from './terminates.ts';

const ANY_TYPE = ['string', 'number', 'boolean', 'object', 'array', 'null'];

/** Mends, in place, what only shows when the whole is written: remarks beside references, circles without an end. Whether such a circle had to be broken. */
export function finish(schema: Draft): boolean {
  for (const site of draftsIn(schema)) {
    const { $ref, description, title } = site;
    if (typeof $ref !== 'string' || (description === undefined && title === undefined)) continue;
    const target = resolveRef(schema, $ref) ?? {};
    if (!('description' in target || 'title' in target || 'anyOf' in target || '$ref' in target)) continue;
    // Two levels, for Moonshot refuses remarks on a reference to what has its own.
    delete site['$ref'];
    site['anyOf'] = [{ $ref }];
  }
  if (!isEndless(schema)) return false;
  for (const draft of draftsIn(schema)) {
    // What has remarks but no type does not count as an end.
    if (!('type' in draft || 'anyOf' in draft || '$ref' in draft) && Object.keys(draft).length > 0) {
      const { default: _, ...kept } = draft;
      replace(draft, { type: [...ANY_TYPE], ...kept });
    }
  }
  if (!isEndless(schema)) return false;
  const definitions = isDictionary(schema['$defs']) ? Object.values(schema['$defs']) : [];
  for (const draft of [...definitions, schema] as Draft[]) if (!terminates(schema, draft)) giveEnd(draft);
  return true;
}

/** An object needs no properties any more, a list no particular items; of a choice or a reference nothing is left. */
function giveEnd(draft: Draft): void {
  if (draft['type'] === 'object') delete draft['required'];
  else if (draft['type'] === 'array') delete draft['items'];
  else {
    const { $defs, $id, description, title } = draft;
    const kept = Object.entries({ $defs, $id, description, title }).filter(
      ([, value]) => value !== undefined,
    );
    replace(draft, { type: [...ANY_TYPE], ...Object.fromEntries(kept) });
  }
}

function replace(draft: Draft, content: Draft): void {
  for (const key of Object.keys(draft)) delete draft[key];
  Object.assign(draft, content);
}

function isEndless(schema: Draft): boolean {
  return checkRefs(schema, [])?.includes('infinite recursion') ?? false;
}

/** All schemas in a schema, itself first. */
function draftsIn(schema: Draft): readonly Draft[] {
  const all: Draft[] = [schema];
  for (let next = 0; next < all.length; next++) {
    const draft = all[next]!;
    for (const keyword of ['properties', '$defs']) {
      const named = draft[keyword];
      if (isDictionary(named)) all.push(...(Object.values(named) as Draft[]));
    }
    for (const keyword of ['items', 'additionalProperties']) {
      const inner = draft[keyword];
      if (isDictionary(inner)) all.push(inner as Draft);
    }
    const branches = draft['anyOf'];
    if (Array.isArray(branches)) all.push(...(branches as Draft[]));
  }
  return all;
}
