import type { JsonSchema } from '../../core/index.ts';
import { measure } from './measure.ts';
import { type Rewritten, toMfjs } from './rewrite.ts';
import { isDictionary, own } from './rules.ts';
import { isSameJson } from './same-json.ts';

/** Bytes of the schemas that are remembered: clients send the same ones with every request. */
const MOST_BYTES = 16_000_000;
/** Schemas with the same property names. */
const MOST_ALIKE = 8;

interface Entry {
  readonly source: JsonSchema;
  readonly size: number;
  /** Undefined: acceptable as it is. */
  readonly rewritten: Rewritten | undefined;
}

const byObject = new WeakMap<object, Rewritten>();
/** By what is cheap to see of a schema, in the order of use, oldest first. */
const byShape = new Map<string, Entry[]>();
let bytes = 0;

/**
 * A schema for the arguments of a tool, or for an answer, in Moonshot's dialect: an object at the root. Remembered for the
 * same object and, within bounds, for an equal one.
 */
export function objectSchema(schema: JsonSchema): Rewritten {
  let result = byObject.get(schema);
  if (result !== undefined) return result;
  const shape = shapeOf(schema);
  const alike = byShape.get(shape) ?? [];
  const known = alike.find(({ source }) => isSameJson(source, schema));
  if (known !== undefined) {
    result = known.rewritten ?? { schema, changes: [] };
    byShape.delete(shape);
    byShape.set(shape, alike);
  } else {
    result = rewrite(schema);
    const { size } = measure(schema, MOST_BYTES);
    remember(shape, alike, {
      source: schema,
      size,
      rewritten: result.schema === schema ? undefined : result,
    });
  }
  byObject.set(schema, result);
  return result;
}

function remember(shape: string, alike: readonly Entry[], entry: Entry): void {
  const kept = [...alike, entry].slice(-MOST_ALIKE);
  for (const { size } of alike) bytes -= size;
  byShape.delete(shape);
  for (const { size } of kept) bytes += size;
  byShape.set(shape, kept);
  for (const [oldest, entries] of byShape) {
    if (bytes <= MOST_BYTES) break;
    for (const { size } of entries) bytes -= size;
    byShape.delete(oldest);
  }
}

function shapeOf(schema: JsonSchema): string {
  const properties = own(schema, 'properties');
  return Object.keys(isDictionary(properties) ? properties : schema).join();
}

function rewrite(schema: JsonSchema): Rewritten {
  const rewritten = toMfjs(schema);
  const { type, description } = rewritten.schema;
  if (type === undefined || [type].flat().join() === 'object') return rewritten;
  return {
    schema: { type: 'object', ...(typeof description === 'string' && { description }) },
    changes: [...rewritten.changes, { path: 'root', what: 'can only be an object' }],
  };
}
