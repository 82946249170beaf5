import type { JsonSchema } from '../../core/index.ts';
import { measure } from './measure.ts';
import { type Rewritten, toMfjs } from './rewrite.ts';
import { isDictionary, type Limits, own } from './rules.ts';
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

/** Rewrites schemas for tools and answers, and remembers what it made of them. */
export class SchemaCache {
  readonly #limits: Limits;
  readonly #byObject = new WeakMap<object, Rewritten>();
  /** By what is cheap to see of a schema, in the order of use, oldest first. */
  readonly #byShape = new Map<string, Entry[]>();
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * A schema for the arguments of a tool, or for an answer, in Moonshot's dialect: an object at the root. Remembered for
   * the same object and, within bounds, for an equal one.
   */
  objectSchema(schema: JsonSchema): Rewritten {
    let result = this.#byObject.get(schema);
    if (result !== undefined) return result;
    const shape = shapeOf(schema);
    const alike = this.#byShape.get(shape) ?? [];
    const known = alike.find(({ source }) => isSameJson(source, schema));
    if (known !== undefined) {
      result = known.rewritten ?? { schema, changes: [] };
      this.#byShape.delete(shape);
      this.#byShape.set(shape, alike);
    } else {
      result = rewrite(schema, this.#limits);
      const { size } = measure(schema, MOST_BYTES);
      this.#remember(shape, alike, {
        source: schema,
        size,
        rewritten: result.schema === schema ? undefined : result,
      });
    }
    this.#byObject.set(schema, result);
    return result;
  }

  #remember(shape: string, alike: readonly Entry[], entry: Entry): void {
    const kept = [...alike, entry].slice(-MOST_ALIKE);
    for (const { size } of alike) this.#bytes -= size;
    this.#byShape.delete(shape);
    for (const { size } of kept) this.#bytes += size;
    this.#byShape.set(shape, kept);
    for (const [oldest, entries] of this.#byShape) {
      if (this.#bytes <= MOST_BYTES) break;
      for (const { size } of entries) this.#bytes -= size;
      this.#byShape.delete(oldest);
    }
  }
}

function shapeOf(schema: JsonSchema): string {
  const properties = own(schema, 'properties');
  return Object.keys(isDictionary(properties) ? properties : schema).join();
}

function rewrite(schema: JsonSchema, limits: Limits): Rewritten {
  const rewritten = toMfjs(schema, limits);
  const { type, description } = rewritten.schema;
  if (type === undefined || [type].flat().join() === 'object') return rewritten;
  return {
    schema: { type: 'object', ...(typeof description === 'string' && { description }) },
    changes: [...rewritten.changes, { path: 'root', what: 'can only be an object' }],
  };
}
