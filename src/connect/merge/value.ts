/** What a configuration file can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export type JsonTable = { readonly [key: string]: JsonValue };

export type Path = readonly (string | number)[];

export function isTable(value: unknown): value is JsonTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Whether two values mean the same; the order of keys does not matter. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a === 'bigint' || typeof b === 'bigint') return String(a) === String(b);
  if (a instanceof Date || b instanceof Date) return String(a) === String(b);
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((each, i) => sameValue(each, b[i]));
  }
  if (!isTable(a) || !isTable(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]))
  );
}

/** A path as people write it: `models.providers.perigee`, `models[0].name`. */
export function pathText(path: Path): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join('');
}

/** A copy with a value at a path; tables on the way are made where there are none. */
export function withValue(root: unknown, path: Path, value: JsonValue): JsonValue {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (typeof first === 'number') {
    const list = Array.isArray(root) ? [...(root as JsonValue[])] : [];
    list[first] = withValue(list[first], rest, value);
    return list;
  }
  const entries = isTable(root) ? Object.entries(root) : [];
  const at = entries.findIndex(([key]) => key === first);
  const changed: [string, JsonValue] = [first, withValue(at < 0 ? undefined : entries[at]![1], rest, value)];
  if (at < 0) entries.push(changed);
  else entries[at] = changed;
  return Object.fromEntries(entries);
}
