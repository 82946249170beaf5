import type { Dictionary } from './rules.ts';

/** The types of JSON. Integers are numbers here. */
export type ValueType = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

export type Scalar = string | number | boolean | null;

/** Schemas of the source that must all hold; none: anything goes. */
export type Parts = readonly Dictionary[];

/** One way to satisfy a schema: values of one type, and what they must be like. Absent: not limited. */
export interface Alternative {
  readonly type: ValueType;
  readonly integer?: boolean;
  readonly values?: readonly Scalar[];
  /** Of a number the value, of text and lists the length. */
  readonly least?: number;
  readonly most?: number;
  readonly pattern?: string;
  readonly items?: Parts;
  readonly properties?: ReadonlyMap<string, Parts>;
  readonly required?: ReadonlySet<string>;
  /** Further properties. */
  readonly rest?: 'closed' | Parts;
  /** What could not be said otherwise, in words for the reader. */
  readonly notes?: readonly string[];
  readonly description?: string;
  readonly title?: string;
}

/** All ways to satisfy a schema. Never more is forbidden than in the schema; what is too complicated is allowed. */
export type Meaning = readonly Alternative[];

/** What says nothing allows everything. */
export const ANYTHING: Meaning = (['string', 'number', 'boolean', 'object', 'array', 'null'] as const).map(
  (type) => ({ type }),
);

const MOST_ALTERNATIVES = 128;

/** Whether an alternative is nothing but its type. */
export function isFree(alternative: Alternative): boolean {
  for (const key of Object.keys(alternative)) if (key !== 'type') return false;
  return true;
}

/** The keyword's name of an alternative's type. */
export function typeName({ type, integer }: Alternative): string {
  return integer ? 'integer' : type;
}

/** Either of them. What is bare of any limit stands there once. */
export function union(meanings: readonly Meaning[]): Meaning {
  const free = new Set<ValueType>();
  const all: Alternative[] = [];
  for (const alternative of meanings.flat()) {
    if (isFree(alternative)) {
      if (free.has(alternative.type)) continue;
      free.add(alternative.type);
    }
    all.push(alternative);
  }
  return all;
}

/** Both of them. Where that cannot be, or would be too many ways, the first alone. */
export function intersection(first: Meaning, second: Meaning): Meaning {
  if (first === ANYTHING) return second;
  if (second === ANYTHING) return first;
  const both: Alternative[] = [];
  for (const one of first) {
    for (const other of second) {
      const merged = one.type === other.type ? merge(one, other) : undefined;
      if (merged === undefined) continue;
      if (both.length === MOST_ALTERNATIVES) return first;
      both.push(merged);
    }
  }
  return both.length > 0 ? both : first;
}

function merge(one: Alternative, other: Alternative): Alternative | undefined {
  if (isFree(other)) return one;
  if (isFree(one)) return other;
  const integer = one.integer || other.integer;
  let values = one.values ?? other.values;
  if (one.values && other.values) values = one.values.filter((value) => other.values!.includes(value));
  if (integer) values = values?.filter((value) => Number.isInteger(value));
  if (values?.length === 0) return undefined;
  let least = larger(one.least, other.least, Math.max);
  let most = larger(one.most, other.most, Math.min);
  if (integer && least !== undefined) least = Math.ceil(least);
  if (integer && most !== undefined) most = Math.floor(most);
  if (least !== undefined && most !== undefined && least > most) return undefined;
  const notes = new Set([...(one.notes ?? []), ...(other.notes ?? [])]);
  if (one.pattern !== undefined && other.pattern !== undefined && one.pattern !== other.pattern) {
    notes.add(`also matches ${other.pattern}`);
  }
  return present({
    type: one.type,
    integer: integer || undefined,
    values,
    least,
    most,
    pattern: one.pattern ?? other.pattern,
    items: one.items && other.items ? join(one.items, other.items) : (one.items ?? other.items),
    ...(one.type === 'object' && mergeProperties(one, other)),
    notes: notes.size > 0 ? [...notes] : undefined,
    description: one.description ?? other.description,
    title: one.title ?? other.title,
  });
}

/**
 * A property that only one side knows must also satisfy what the other says of further ones, except that "none": who
 * closes both parts of an `allOf` means the sum of them.
 */
function mergeProperties(one: Alternative, other: Alternative) {
  const properties = new Map(one.properties);
  for (const [name, parts] of properties) {
    const beyond = other.properties?.get(name) ?? (other.rest === 'closed' ? undefined : other.rest);
    if (beyond) properties.set(name, join(parts, beyond));
  }
  for (const [name, parts] of other.properties ?? []) {
    if (properties.has(name)) continue;
    properties.set(name, one.rest === undefined || one.rest === 'closed' ? parts : join(parts, one.rest));
  }
  const required = new Set([...(one.required ?? []), ...(other.required ?? [])]);
  let rest = one.rest ?? other.rest;
  if (one.rest && other.rest) {
    rest = one.rest === 'closed' || other.rest === 'closed' ? 'closed' : join(one.rest, other.rest);
  }
  return {
    properties: properties.size > 0 ? properties : undefined,
    required: required.size > 0 ? required : undefined,
    rest,
  };
}

/** Parts of both, each once. */
export function join(one: Parts, other: Parts): Parts {
  return [...new Set([...one, ...other])];
}

function larger(
  one: number | undefined,
  other: number | undefined,
  choose: (one: number, other: number) => number,
): number | undefined {
  return one === undefined ? other : other === undefined ? one : choose(one, other);
}

/** The alternative without the fields that say nothing. */
export function present(
  fields: { [Field in keyof Alternative]: Alternative[Field] | undefined },
): Alternative {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as Alternative;
}
