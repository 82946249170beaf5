import { targetFinder } from './find-target.ts';
import { ANYTHING, intersection, type Meaning, type Parts, union } from './meaning.ts';
import { readOwn } from './read.ts';
import { type Dictionary, isDictionary, own } from './rules.ts';

/** A schema as somebody wrote it, and what its parts mean. */
export interface Source {
  /** What a schema in it means; each is read once. */
  meaningOf(raw: Dictionary): Meaning;
  /** What several schemas together mean. */
  meaningOfAll(parts: Parts): Meaning;
  /** What a schema's reference leads to; undefined without a reference, or with one that leads nowhere. */
  targetOf(raw: Dictionary): Dictionary | undefined;
  /** A text that is the same for the same parts. */
  keyOf(parts: Parts): string;
}

const MOST_NESTED = 200;
const NULL: Meaning = [{ type: 'null' }];

/** Makes the source of a schema without circles among its objects. */
export function sourceOf(root: Dictionary): Source {
  const find = targetFinder(root);
  const known = new Map<Dictionary, Meaning>();
  const open = new Set<Dictionary>();
  const numbers = new Map<Dictionary, number>();

  function targetOf(raw: Dictionary): Dictionary | undefined {
    const ref = refOf(raw);
    return ref === undefined ? undefined : find(ref);
  }

  function meaningOf(raw: Dictionary): Meaning {
    const memo = known.get(raw);
    if (memo !== undefined) return memo;
    // What is its own condition adds nothing to itself.
    if (open.has(raw) || open.size > MOST_NESTED) return ANYTHING;
    open.add(raw);
    let meaning = readOwn(raw);
    const target = targetOf(raw);
    if (target !== undefined) meaning = intersection(meaning, meaningOf(target));
    meaning = intersection(meaning, meaningOfAll(listOf(raw, 'allOf').filter(isDictionary)));
    for (const keyword of ['anyOf', 'oneOf']) {
      const branches = listOf(raw, keyword).filter((branch) => branch !== false);
      if (branches.length === 0) continue;
      meaning = intersection(meaning, union(branches.map(branchMeaning)));
    }
    if (isNullable(raw) && meaning !== ANYTHING) meaning = union([meaning, NULL]);
    open.delete(raw);
    known.set(raw, meaning);
    return meaning;
  }

  function branchMeaning(branch: unknown): Meaning {
    if (!isDictionary(branch)) return ANYTHING;
    const meaning = meaningOf(branch);
    const { description, title } = textsOf(branch);
    if (description === undefined && title === undefined) return meaning;
    if (meaning === ANYTHING) return meaning;
    return meaning.map((alternative) => ({
      ...alternative,
      ...(description !== undefined && { description }),
      ...(title !== undefined && { title }),
    }));
  }

  function meaningOfAll(parts: Parts): Meaning {
    let meaning = ANYTHING;
    for (const part of parts) meaning = intersection(meaning, meaningOf(part));
    return meaning;
  }

  function keyOf(parts: Parts): string {
    const ids = parts.map((part) => {
      if (!numbers.has(part)) numbers.set(part, numbers.size);
      return numbers.get(part)!;
    });
    return ids.sort((one, other) => one - other).join();
  }

  return { meaningOf, meaningOfAll, targetOf, keyOf };
}

/** The reference of a schema under any of its names. */
export function refOf(raw: Dictionary): string | undefined {
  for (const keyword of ['$ref', '$dynamicRef', '$recursiveRef']) {
    const ref = own(raw, keyword);
    if (typeof ref === 'string') return ref;
  }
  return undefined;
}

/** A keyword's list; empty where it is none. */
export function listOf(raw: Dictionary, keyword: string): readonly unknown[] {
  const list = own(raw, keyword);
  return Array.isArray(list) ? list : [];
}

/** OpenAPI's way to allow null. */
export function isNullable(raw: Dictionary): boolean {
  return own(raw, 'nullable') === true || own(raw, 'x-nullable') === true;
}

/** What a schema says to its reader. */
export function textsOf(raw: Dictionary): { description?: string; title?: string } {
  const description = own(raw, 'description');
  const title = own(raw, 'title');
  return {
    ...(typeof description === 'string' && { description }),
    ...(typeof title === 'string' && { title }),
  };
}
