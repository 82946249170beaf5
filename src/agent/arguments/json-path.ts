/** The keys that lead to a value inside a JSON document. */
export type Path = readonly (string | number)[];

const PLAIN_KEY = /^[\p{L}_$][\p{L}\p{N}_$-]*$/u;

/** A path as a person writes it, `stops[2].city`; the whole document is `arguments`. */
export function pathText(path: Path): string {
  if (path.length === 0) return 'arguments';
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else if (!PLAIN_KEY.test(key)) text += `[${JSON.stringify(key)}]`;
    else text += text === '' ? key : `.${key}`;
  }
  return text;
}

/** The value at a path, if there is one. */
export function valueAt(document: unknown, path: Path): { readonly value: unknown } | undefined {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return { value };
}

/** The keys of a JSON pointer in a fragment, `#/a~1b/0`. Numbers stay strings. */
export function pointerKeys(pointer: string): string[] {
  const keys = pointer.split('/').slice(1);
  return keys.map((key) => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The path that a pointer means in this document: a key is a number where it stands for an array's item. */
export function pathOf(document: unknown, pointer: string): Path {
  const path: (string | number)[] = [];
  let value = document;
  for (const key of pointerKeys(pointer)) {
    path.push(Array.isArray(value) ? Number(key) : key);
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined;
  }
  return path;
}
