import type { JsonSchema } from '../../core/index.ts';
import { type Bounds, widestIn } from './bounds.ts';
import { type Change, changeList } from './changes.ts';
import { checkMfjs } from './check.ts';
import { emit } from './emit.ts';
import { finish } from './finish.ts';
import { measure } from './measure.ts';
import { type Dictionary, isDictionary, LIMITS, type Limits } from './rules.ts';
import { sourceOf } from './source.ts';
import type { Reach } from './writer.ts';

/** A schema in Moonshot's dialect, and what had to be changed for that. */
export interface Rewritten {
  readonly schema: JsonSchema;
  /** Empty for a schema that was acceptable, which stays the same object. At most 100. */
  readonly changes: readonly Change[];
}

/** What is given up, one after the other, until the schema is small enough. */
const NARROWER: readonly Partial<Bounds>[] = [
  { text: 1000 },
  { text: 300, titles: false },
  { depth: 12 },
  { depth: 8 },
  { depth: 6, text: 120 },
  { depth: 4, values: 100 },
  { depth: 3, branches: 50, values: 50 },
  { depth: 2 },
  { properties: 2000 },
  { properties: 1000 },
  { properties: 500 },
  { depth: 1, text: 60, branches: 20 },
  { properties: 100, values: 20, branches: 10 },
  { properties: 30, text: 30 },
];
const SHALLOWER = [20, 15, 12, 10, 8, 6, 5, 4, 3, 2, 1, 0];

/**
 * Rewrites a schema so that `checkMfjs` accepts it within the limits; one that it accepts already stays the same object. As little as
 * possible of its meaning is lost, and it is loosened where it cannot be kept: what fits the schema fits the rewritten
 * one too, except that a schema with `properties` or `items` but no type is taken to mean objects or lists. Never throws.
 */
export function toMfjs(schema: unknown, limits: Limits = LIMITS): Rewritten {
  const complaint = checkMfjs(schema, limits);
  if (complaint === undefined) return { schema: schema as JsonSchema, changes: [] };
  const source = isDictionary(schema) ? plain(schema) : undefined;
  if (source === undefined) return openObject('it is no JSON object', undefined);
  try {
    return narrow(source, limits) ?? openObject(complaint, source);
  } catch {
    return openObject(complaint, source);
  }
}

function narrow(schema: Dictionary, limits: Limits): Rewritten | undefined {
  const source = sourceOf(schema);
  let bounds = widestIn(limits);
  let depths = SHALLOWER;
  let rest = NARROWER;
  for (;;) {
    const changes = changeList();
    const { written, reach } = emit(schema, source, bounds, changes);
    if (finish(written)) changes.add('root', 'a circle without an end: nothing is required in it any more');
    const complaint = checkMfjs(written, limits);
    if (complaint === undefined) {
      if (changes.list.length === 0) changes.add('root', 'brought into the form that Moonshot takes');
      return { schema: written, changes: changes.list };
    }
    const [depth] = depths;
    rest = rest.filter((narrower) => isNarrower(narrower, reach));
    const [narrower] = rest;
    if (complaint.includes('depth exceeds') && depth !== undefined) {
      depths = depths.slice(1);
      bounds = { ...bounds, depth };
    } else if (narrower !== undefined) {
      rest = rest.slice(1);
      bounds = { ...bounds, ...narrower, depth: Math.min(bounds.depth, narrower.depth ?? bounds.depth) };
    } else return undefined;
  }
}

/** Whether less would be written within other bounds. */
function isNarrower({ depth, properties, ...others }: Partial<Bounds>, reach: Reach): boolean {
  if (depth !== undefined && depth < reach.depth) return true;
  if (properties !== undefined && properties < reach.properties) return true;
  return Object.keys(others).length > 0;
}

function openObject(why: string, source: Dictionary | undefined): Rewritten {
  const description = source?.['description'];
  return {
    schema: {
      type: 'object',
      ...(typeof description === 'string' && { description: description.slice(0, 1000) }),
    },
    changes: [{ path: 'root', what: `any object: ${why.slice(0, 200)}` }],
  };
}

/** The schema as JSON would carry it; undefined where JSON cannot. */
function plain(schema: Dictionary): Dictionary | undefined {
  const measured = measure(schema, Number.POSITIVE_INFINITY);
  if (measured.plain) return schema;
  try {
    const copy: unknown = JSON.parse(JSON.stringify(schema));
    return isDictionary(copy) ? copy : undefined;
  } catch {
    return undefined;
  }
}
