import { PerigeeError } from '../../core/index.ts';
import { isTable, type JsonTable, type JsonValue, type Path, pathText, sameValue } from './value.ts';

/** One value that is to stand in a file. A number at the end of the path may be the length of a list: it is added. */
export interface Edit {
  readonly path: Path;
  readonly value: JsonValue;
}

/**
 * What else is to be known about a fragment. Paths are written with dots: `*` stands for any key, `[]` for any entry, and
 * the empty path for the whole file.
 */
export interface MergeRules {
  /** Lists whose entries are told apart by these fields: an entry that agrees in all of them is changed, any other stays. */
  readonly identify?: { readonly [path: string]: readonly string[] };
  /** Values that the file needs but that are the user's where they are there. */
  readonly keep?: readonly string[];
}

/**
 * The fewest edits after which a file holds a fragment: every key, entry and value that the fragment does not name stays.
 * `current` is undefined for an empty file. Throws `config-invalid` where a list or table would be lost.
 */
export function planEdits(current: unknown, fragment: JsonValue, rules: MergeRules = {}): Edit[] {
  const edits: Edit[] = [];
  plan(current, fragment, [], rules, edits);
  return edits;
}

function plan(current: unknown, wanted: JsonValue, path: Path, rules: MergeRules, edits: Edit[]): void {
  if (current === undefined || current === null) {
    edits.push({ path, value: wanted });
    return;
  }
  if (rules.keep?.some((pattern) => fits(path, pattern))) return;
  if (isTable(current) && isTable(wanted)) {
    for (const [key, value] of Object.entries(wanted)) {
      plan(Object.hasOwn(current, key) ? current[key] : undefined, value, [...path, key], rules, edits);
    }
    return;
  }
  const fields = Object.entries(rules.identify ?? {}).find(([pattern]) => fits(path, pattern))?.[1];
  if (Array.isArray(current) && Array.isArray(wanted) && fields) {
    let added = 0;
    for (const entry of wanted as readonly JsonValue[]) {
      const at = current.findIndex((each) => isSame(each, entry, fields));
      if (at < 0) edits.push({ path: [...path, current.length + added++], value: entry });
      else plan(current[at], entry, [...path, at], rules, edits);
    }
    return;
  }
  if (sameValue(current, wanted)) return;
  refuseLoss(current, wanted, path);
  edits.push({ path, value: wanted });
}

function fits(path: Path, pattern: string): boolean {
  const parts = pattern === '' ? [] : pattern.split('.');
  return (
    parts.length === path.length &&
    parts.every((part, i) => (typeof path[i] === 'number' ? part === '[]' : part === '*' || part === path[i]))
  );
}

function isSame(a: unknown, b: JsonValue, fields: readonly string[]): boolean {
  return isTable(a) && isTable(b) && fields.every((field) => sameValue(a[field], (b as JsonTable)[field]));
}

/** A setting may change its value; a whole list or table must not vanish because we expected something else. */
function refuseLoss(current: unknown, wanted: JsonValue, path: Path): void {
  const kind = (value: unknown) => (Array.isArray(value) ? 'a list' : isTable(value) ? 'a table' : 'a value');
  if (kind(current) === kind(wanted) || (kind(current) === 'a value' && path.length > 0)) return;
  const where = path.length === 0 ? 'the file' : pathText(path);
  throw new PerigeeError(
    'config-invalid',
    `${where} is ${kind(current)}, and the set-up needs ${kind(wanted)} there.`,
    { remedy: 'Change it by hand: leave --write out to see what must stand in the file.' },
  );
}
