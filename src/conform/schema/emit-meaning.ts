import { writeAlternative } from './emit-alternative.ts';
import { inside, type Spot } from './emit-place.ts';
import { type Alternative, isFree, type Meaning, typeName, type ValueType } from './meaning.ts';
import { mergeBranches } from './merge-branches.ts';
import { choice, type Piece, piece } from './piece.ts';
import type { Writer } from './writer.ts';

const ALL_TYPES = 6;

/** Writes the ways to satisfy a schema as one type, a list of types or a choice. */
export function writeMeaning(meaning: Meaning, spot: Spot, writer: Writer): Piece {
  const alternatives = meant(meaning);
  if (alternatives === undefined) return piece();
  const pair = enumOrNull(alternatives, spot, writer);
  if (pair !== undefined) return pair;
  if (spot.form === 'bare' || (alternatives.length > 1 && alternatives.every(isBare))) {
    const types = [...new Set(alternatives.map(typeName))];
    return piece({ type: types.length === 1 ? types[0] : types });
  }
  const [only] = alternatives;
  if (alternatives.length === 1 && only !== undefined) return writeAlternative(only, spot, writer);
  const branches = alternatives.map((alternative) =>
    writeAlternative(alternative, inside(spot, 'anyOf'), writer),
  );
  return choice(
    mergeBranches(branches, writer.bounds, () => writer.changes.add(spot.path, 'too many ways: left open')),
  );
}

/**
 * The alternatives that the author had in mind; undefined for anything at all. Who writes `properties` or `items` without
 * a type means objects or lists, though any number would do too.
 */
function meant(meaning: Meaning): Meaning | undefined {
  const types = new Set(meaning.map(({ type }) => type));
  if (types.size < ALL_TYPES) return meaning;
  const free = new Set(meaning.filter(isUnlimited).map(({ type }) => type));
  const structured = (['object', 'array'] as ValueType[]).filter((type) => !free.has(type));
  if (structured.length === 0) return undefined;
  const others = meaning.filter(({ type }) => !structured.includes(type));
  // More ways than one for some type: the author did think of it.
  if (others.length > ALL_TYPES - structured.length || !others.every(isUnlimited)) return meaning;
  return meaning.filter(({ type }) => structured.includes(type));
}

/** Whatever is said about it, nothing of its type is forbidden. */
function isUnlimited({ description, title, notes, ...limits }: Alternative): boolean {
  return isFree(limits);
}

/** A type and nothing else, as it would be written. */
function isBare(alternative: Alternative): boolean {
  if (isFree(alternative)) return true;
  return (
    alternative.type === 'number' && Object.keys(alternative).length === 2 && alternative.integer === true
  );
}

/** The one form of `enum` with two types. Null comes first for numbers, since Moonshot asks them of every value. */
function enumOrNull(alternatives: Meaning, spot: Spot, { bounds }: Writer): Piece | undefined {
  if (alternatives.length !== 2 || spot.form === 'bare') return undefined;
  const empty = alternatives.find(({ type }) => type === 'null');
  const other = alternatives.find(({ type }) => type !== 'null');
  if (empty === undefined || !isFree(empty) || other?.values === undefined) return undefined;
  const said = Object.keys(other).filter((key) => key !== 'type' && key !== 'integer' && key !== 'values');
  if (said.length > 0 || other.values.length >= bounds.values) return undefined;
  const name = typeName(other);
  return piece({
    type: other.type === 'number' ? ['null', name] : [name, 'null'],
    enum: [...other.values, null],
  });
}
