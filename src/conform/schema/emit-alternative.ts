import { writeObject } from './emit-object.ts';
import { inside, type Spot } from './emit-place.ts';
import { type Alternative, typeName } from './meaning.ts';
import { close, type Draft, type Piece, piece, remark } from './piece.ts';
import type { Writer } from './writer.ts';

/** Writes one way to satisfy a schema, which has one type. */
export function writeAlternative(alternative: Alternative, spot: Spot, writer: Writer): Piece {
  const { bounds, changes } = writer;
  const { type, values, least, most, pattern } = alternative;
  const schema: Draft = { type: typeName(alternative) };
  const notes = [...(alternative.notes ?? [])];
  if (type === 'object') writeObject(alternative, schema, notes, spot, writer);
  if (type === 'array') writeItems(alternative, schema, spot, writer);
  if (values !== undefined && values.length <= bounds.values) schema['enum'] = [...values];
  else if (values !== undefined) {
    notes.push(`one of ${values.length} values, such as ${JSON.stringify(values[0])}`);
    changes.add(spot.path, 'too many values: left open');
  }
  const [low, high] = BOUNDS[type] ?? [];
  if (low !== undefined && least !== undefined) schema[low] = least;
  if (high !== undefined && most !== undefined) schema[high] = most;
  if (pattern !== undefined) schema['pattern'] = pattern;
  const result = piece(schema, notes);
  remark(
    result,
    { description: alternative.description, title: alternative.title },
    bounds.text,
    bounds.titles,
  );
  return result;
}

const BOUNDS: { readonly [type: string]: readonly [low: string, high: string] } = {
  string: ['minLength', 'maxLength'],
  number: ['minimum', 'maximum'],
  array: ['minItems', 'maxItems'],
};

function writeItems({ items }: Alternative, schema: Draft, spot: Spot, { write, changes }: Writer): void {
  if (items === undefined) return;
  if (spot.form !== 'full') {
    changes.add(spot.path, 'too deep: any items');
    return;
  }
  const written = close(write(items, inside(spot, 'items')));
  if (Object.keys(written).length > 0) schema['items'] = written;
}
