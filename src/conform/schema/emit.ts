import type { Bounds } from './bounds.ts';
import { addKeywordChanges, type ChangeList } from './changes.ts';
import { definitions } from './definitions.ts';
import { writeMeaning } from './emit-meaning.ts';
import { inside, type Spot } from './emit-place.ts';
import type { Parts } from './meaning.ts';
import { mergeBranches } from './merge-branches.ts';
import { choice, close, type Draft, orNull, type Piece, piece, remark } from './piece.ts';
import { type Dictionary, isDictionary, own } from './rules.ts';
import { addDeepRemarks, addRemarks, pureBranches, pureTarget, type Remarks, unwrap } from './shape.ts';
import { isNullable, refOf, type Source } from './source.ts';
import { notesFor } from './words.ts';
import type { Reach, Writer } from './writer.ts';

/** The schema in Moonshot's dialect. Within the bounds nothing is left out but what the dialect cannot say. */
export function emit(
  root: Dictionary,
  source: Source,
  bounds: Bounds,
  changes: ChangeList,
): { written: Draft; reach: Reach } {
  const named = definitions(source.keyOf([root]));
  const open = new Set<string>();
  let pieces = 0;
  const reach: Reach = { depth: 0, properties: 0 };
  const writer: Writer = { source, bounds, changes, reach, write };

  const top: Spot = { path: 'root', depth: 0, nesting: 0, form: 'full', inDefinition: false };
  const schema = close(write([root], top));
  const written: [string, Draft][] = [];
  // The list grows while it is gone through.
  for (const { name, parts, depth } of named.list) {
    open.clear();
    const spot: Spot = { ...top, path: `$defs.${name}`, depth, inDefinition: true };
    written.push([name, close(write(parts, spot))]);
  }
  if (written.length > 0) schema['$defs'] = Object.fromEntries(written);
  const id = own(root, '$id');
  if (typeof id === 'string') schema['$id'] = id;
  return { written: schema, reach };

  function write(wrapped: Parts, spot: Spot): Piece {
    if (++pieces > bounds.pieces) {
      changes.add('root', 'too many schemas: the last are left open');
      return piece();
    }
    for (const part of wrapped) addKeywordChanges(changes, part, spot.path);
    const { parts, remarks, nullable } = unwrap(wrapped);
    const core = writeCore(parts, spot, remarks);
    const result = nullable ? orNull(core) : core;
    if (result.schema['type'] === undefined && !result.branches) {
      for (const part of wrapped) result.notes.push(...notesFor(part));
    }
    remark(
      result,
      spot.form === 'bare' ? { ...remarks, default: undefined } : remarks,
      bounds.text,
      bounds.titles,
    );
    return result;
  }

  function writeCore(parts: Parts, spot: Spot, remarks: Remarks): Piece {
    const [only] = parts;
    if (only === undefined) return piece();
    if (parts.length === 1 && spot.form === 'full') {
      const target = spot.path === 'root' ? undefined : pureTarget(only, source);
      if (target !== undefined) return writeReference(only, target, spot, remarks);
      const branches = pureBranches(only, source);
      if (branches !== undefined) return writeBranches(only, branches, spot, remarks);
    }
    const key = source.keyOf(parts);
    if (spot.form !== 'full') {
      for (const part of parts) addDeepRemarks(remarks, part, source);
      return writeMeaning(source.meaningOfAll(parts), spot, writer);
    }
    if (open.has(key)) return piece({ $ref: named.refTo(key, parts, spot.depth, '') });
    open.add(key);
    for (const part of parts) addDeepRemarks(remarks, part, source);
    const result = writeMeaning(source.meaningOfAll(parts), spot, writer);
    open.delete(key);
    return result;
  }

  function writeReference(raw: Dictionary, target: Dictionary, spot: Spot, remarks: Remarks): Piece {
    addRemarks(remarks, raw);
    const $ref = named.refTo(source.keyOf([target]), [target], spot.depth, refOf(raw) ?? '');
    if ($ref !== own(raw, '$ref')) changes.add(spot.path, `reference became \`${$ref.slice(0, 80)}\``);
    return isNullable(raw) ? orNull(piece({ $ref })) : piece({ $ref });
  }

  function writeBranches(raw: Dictionary, branches: readonly unknown[], spot: Spot, remarks: Remarks): Piece {
    const key = source.keyOf([raw]);
    if (open.has(key)) return piece({ $ref: named.refTo(key, [raw], spot.depth, '') });
    open.add(key);
    addRemarks(remarks, raw);
    const inAnyOf = branches.length === 1 ? spot : inside(spot, 'anyOf');
    const all = branches.map((branch) => (isDictionary(branch) ? write([branch], inAnyOf) : piece()));
    if (isNullable(raw)) all.push(piece({ type: 'null' }));
    open.delete(key);
    return choice(mergeBranches(all, bounds, () => changes.add(spot.path, 'too many branches: left open')));
  }
}
