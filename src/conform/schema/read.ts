import { type Alternative, ANYTHING, type Meaning, present, type Scalar, type ValueType } from './meaning.ts';
import { counts, finite } from './numbers.ts';
import { arrayLimits } from './read-array.ts';
import { objectLimits } from './read-object.ts';
import { type Dictionary, own } from './rules.ts';
import { notesFor, shortJson } from './words.ts';

/** Names that writers of schemas use for the types of JSON. */
const TYPE_NAMES: { readonly [name: string]: readonly ValueType[] } = {
  string: ['string'],
  str: ['string'],
  text: ['string'],
  number: ['number'],
  float: ['number'],
  double: ['number'],
  integer: ['number'],
  int: ['number'],
  boolean: ['boolean'],
  bool: ['boolean'],
  object: ['object'],
  dict: ['object'],
  map: ['object'],
  array: ['array'],
  list: ['array'],
  tuple: ['array'],
  null: ['null'],
  none: ['null'],
};

/** What a schema's own keywords mean, without references and `allOf`, `anyOf` and `oneOf`. */
export function readOwn(raw: Dictionary): Meaning {
  const types = typesOf(raw);
  const values = valuesOf(raw);
  if (values !== undefined) {
    const meaning = readValues(raw, values, types);
    if (meaning.length > 0) return meaning;
    // A type that contradicts the values is a slip; the values are what the author wrote down one by one.
    return readValues(raw, values, undefined);
  }
  if (types === undefined) {
    const limited = ANYTHING.map(({ type }) => readType(raw, type, false));
    return limited.every((alternative) => Object.keys(alternative).length === 1) ? ANYTHING : limited;
  }
  return [...types].map(([type, integer]) => readType(raw, type, integer));
}

/** The types that a schema names, each with whether only its integers are meant; undefined for any. */
function typesOf(raw: Dictionary): ReadonlyMap<ValueType, boolean> | undefined {
  const type = own(raw, 'type');
  const names: readonly unknown[] = Array.isArray(type) ? type : [type];
  const types = new Map<ValueType, boolean>();
  for (const name of names) {
    const lowerCase = typeof name === 'string' ? name.toLowerCase() : '';
    if (!Object.hasOwn(TYPE_NAMES, lowerCase)) continue;
    const integer = lowerCase === 'integer' || lowerCase === 'int';
    for (const named of TYPE_NAMES[lowerCase]!) types.set(named, integer && (types.get(named) ?? true));
  }
  return types.size > 0 ? types : undefined;
}

/** The values that `const` and `enum` leave. */
function valuesOf(raw: Dictionary): readonly unknown[] | undefined {
  const listed = own(raw, 'enum');
  const values = Array.isArray(listed) && listed.length > 0 ? listed : undefined;
  return Object.hasOwn(raw, 'const') ? [raw['const']] : values;
}

function readValues(
  raw: Dictionary,
  values: readonly unknown[],
  types: ReadonlyMap<ValueType, boolean> | undefined,
): Meaning {
  const byType = new Map<ValueType, Set<unknown>>();
  for (const value of values) {
    const type = typeOf(value);
    const integer = types?.get(type);
    if (types !== undefined && (integer === undefined || (integer && !Number.isInteger(value)))) continue;
    byType.set(type, (byType.get(type) ?? new Set()).add(value));
  }
  return [...byType].map(([type, found]) => {
    const alternative = readType(raw, type, types?.get(type) ?? false);
    if (type === 'null') return alternative;
    if (type !== 'object' && type !== 'array') return { ...alternative, values: [...found] as Scalar[] };
    const shown = shortJson([...found])?.slice(1, -1);
    const note = shown && (found.size > 1 ? `one of: ${shown}` : `always: ${shown}`);
    return note ? { ...alternative, notes: [...(alternative.notes ?? []), note] } : alternative;
  });
}

/** The type of a JSON value. */
export function typeOf(value: unknown): ValueType {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}

function readType(raw: Dictionary, type: ValueType, integer: boolean): Alternative {
  const notes = type === 'null' || !Object.hasOwn(raw, 'type') ? [] : notesFor(raw);
  const limits =
    type === 'string'
      ? textLimits(raw)
      : type === 'number'
        ? numberLimits(raw, integer, notes)
        : type === 'array'
          ? arrayLimits(raw, notes)
          : type === 'object'
            ? objectLimits(raw, notes)
            : {};
  return present({ type, ...limits, notes: notes.length > 0 ? notes : undefined });
}

function textLimits(raw: Dictionary): Partial<Alternative> {
  const pattern = own(raw, 'pattern');
  const length = counts(raw, 'minLength', 'maxLength');
  return typeof pattern === 'string' ? { ...length, pattern } : length;
}

function numberLimits(raw: Dictionary, integer: boolean, notes: string[]): Partial<Alternative> {
  const least = bound(raw, 'minimum', 'exclusiveMinimum', integer, 1, notes);
  const most = bound(raw, 'maximum', 'exclusiveMaximum', integer, -1, notes);
  const multiple = own(raw, 'multipleOf');
  if (typeof multiple === 'number' && multiple > 0) notes.push(`multiple of ${multiple}`);
  const contradiction = least !== undefined && most !== undefined && least > most;
  return {
    ...(integer && { integer }),
    ...(least !== undefined && !contradiction && { least }),
    ...(most !== undefined && !contradiction && { most }),
  };
}

/** One end of a range. An exclusive one is exact for integers and said in words for others. */
function bound(
  raw: Dictionary,
  keyword: string,
  exclusive: string,
  integer: boolean,
  inward: 1 | -1,
  notes: string[],
): number | undefined {
  const round = inward === 1 ? Math.ceil : Math.floor;
  const plain = finite(own(raw, keyword));
  const outer = own(raw, exclusive);
  const beyond = outer === true ? plain : finite(outer);
  let closest = plain === undefined ? undefined : integer ? round(plain) : plain;
  if (beyond === undefined) return closest;
  if (!integer) notes.push(`${inward === 1 ? 'more' : 'less'} than ${beyond}`);
  const inside = integer ? (inward === 1 ? Math.floor(beyond) + 1 : Math.ceil(beyond) - 1) : beyond;
  if (closest === undefined || (inside - closest) * inward > 0) closest = inside;
  return closest;
}
