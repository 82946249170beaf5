import { isJsonObject } from '../../core/index.ts';
import { ANY, NULL, typeBits, valueBit } from './value-types.ts';

/** Schemas inside one another, or references, that are followed before it counts as not known. */
const MAX_DEPTH = 16;
/** Schemas that are looked at for one question, and places that are remembered for one tool. */
const MAX_WORK = 300;
const MAX_PLACES = 5_000;

/** What a schema says of the value at one place: its types, and what is inside. Asked while arguments stream. */
export interface Shape {
  /** The types that the schema may accept here; more than it does, where that is hard to tell. */
  readonly types: number;
  /** The shape of a field; undefined: nothing is known. */
  field(name: string): Shape | undefined;
  /** The shape of an item; undefined: nothing is known. */
  item(position: number): Shape | undefined;
}

/** The shape of whatever a schema describes. Lazy: only what is asked for is worked out, and remembered. */
export function shapeOf(root: unknown): Shape {
  return new Places(root).shape(root)!;
}

class Places {
  readonly #root: unknown;
  readonly #shapes = new Map<unknown, Shape>();
  #work = 0;

  constructor(root: unknown) {
    this.#root = root;
  }

  shape(schema: unknown): Shape | undefined {
    if (!isJsonObject(schema) && typeof schema !== 'boolean') return undefined;
    const known = this.#shapes.get(schema);
    if (known || this.#shapes.size >= MAX_PLACES) return known;
    const fields = new Map<string, Shape | undefined>();
    const items = new Map<number, Shape | undefined>();
    const shape: Shape = {
      types: this.#ask(() => this.#types(schema, 0), ANY),
      field: (name) => remembered(fields, name, () => this.#inside(schema, name)),
      // Behind the items that are listed one by one all are alike.
      item: (position) => remembered(items, Math.min(position, 64), (at) => this.#inside(schema, at)),
    };
    this.#shapes.set(schema, shape);
    return shape;
  }

  #inside(schema: unknown, key: string | number): Shape | undefined {
    const part = this.#ask(() => this.#part(schema, key, 0), true);
    return part === true ? undefined : this.shape(part);
  }

  #ask<Answer>(question: () => Answer, unknown: Answer): Answer {
    this.#work = 0;
    const answer = question();
    return this.#work > MAX_WORK ? unknown : answer;
  }

  #types(schema: unknown, depth: number): number {
    if (schema === false) return 0;
    if (!isJsonObject(schema) || depth > MAX_DEPTH || ++this.#work > MAX_WORK) return ANY;
    let types = typeBits(schema['type']);
    if (schema['nullable'] === true) types |= NULL;
    if (Array.isArray(schema['enum'])) types &= widened(schema['enum'].map(valueBit));
    if (schema['const'] !== undefined) types &= widened([valueBit(schema['const'])]);
    if (schema['$ref'] !== undefined) types &= this.#types(this.#target(schema['$ref']), depth + 1);
    for (const part of listOf(schema['allOf'])) types &= this.#types(part, depth + 1);
    for (const keyword of ['anyOf', 'oneOf']) {
      const branches = listOf(schema[keyword]);
      if (branches.length === 0) continue;
      types &= branches.reduce((bits: number, branch) => bits | this.#types(branch, depth + 1), 0);
    }
    return types;
  }

  /** The schema of a field or item, put together from all that speak of it; true: anything. */
  #part(schema: unknown, key: string | number, depth: number): unknown {
    if (!isJsonObject(schema) || depth > MAX_DEPTH || ++this.#work > MAX_WORK) return true;
    const own = typeof key === 'string' ? ownField(schema, key) : ownItem(schema, key);
    const parts = [own];
    if (schema['$ref'] !== undefined) parts.push(this.#part(this.#target(schema['$ref']), key, depth + 1));
    for (const part of listOf(schema['allOf'])) parts.push(this.#part(part, key, depth + 1));
    for (const keyword of ['anyOf', 'oneOf']) {
      const branches = listOf(schema[keyword]);
      if (branches.length > 0) parts.push({ anyOf: branches.map((one) => this.#part(one, key, depth + 1)) });
    }
    const said = parts.filter((part) => part !== true);
    return said.length === 0 ? true : said.length === 1 ? said[0] : { allOf: said };
  }

  /** What a reference inside the document leads to; true for any other. */
  #target(reference: unknown): unknown {
    if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) return true;
    let target: unknown = this.#root;
    for (const key of reference.split('/').slice(1)) {
      const name = unescaped(key);
      if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name)) return true;
      target = (target as Record<string, unknown>)[name];
    }
    return target;
  }
}

function remembered<Key, Value>(map: Map<Key, Value>, key: Key, find: (key: Key) => Value): Value {
  if (map.has(key)) return map.get(key)!;
  const value = find(key);
  // Names that a model makes up must not pile up in what is kept for the next request.
  if (map.size < 1_000) map.set(key, value);
  return value;
}

function ownField(schema: Record<string, unknown>, name: string): unknown {
  const { properties, additionalProperties: others } = schema;
  if (isJsonObject(properties) && Object.hasOwn(properties, name)) return properties[name];
  if (schema['patternProperties'] !== undefined) return true;
  return others === false || isJsonObject(others) ? others : true;
}

function ownItem(schema: Record<string, unknown>, position: number): unknown {
  const { prefixItems, items } = schema;
  const listed = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : [];
  if (position < listed.length) return listed[position];
  const rest = Array.isArray(items) ? schema['additionalItems'] : items;
  return isJsonObject(rest) ? rest : true;
}

/** 1 is also what a schema means that lists 1.0; so integers and fractions go together here. */
function widened(bits: readonly number[]): number {
  const all = bits.reduce((sum, bit) => sum | bit, 0);
  return all & typeBits('number') ? all | typeBits('number') : all;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function unescaped(key: string): string {
  let name = key;
  try {
    name = decodeURIComponent(key);
  } catch {
    // A stray percent sign stands for itself.
  }
  return name.replaceAll('~1', '/').replaceAll('~0', '~');
}
