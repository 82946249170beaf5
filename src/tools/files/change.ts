import { resolve } from 'node:path';
import { differenceOf } from './difference.ts';
import { inTurn } from './in-turn.ts';
import { readInside, textOf } from './read-inside.ts';
import { resolveTarget, type Target } from './target.ts';
import { writeInside } from './write-inside.ts';

/** Bytes that a file may have before and after it is written. */
export const MAX_WRITTEN = 2 * 1024 * 1024;
/** Characters of a diff that the model is shown, and a person who is asked. */
const SHOWN_TO_MODEL = 10_000;
const SHOWN_TO_PERSON = 100_000;

/** What `write_file` and `edit_file` answer. */
export interface WrittenFile {
  readonly path: string;
  readonly change: 'created' | 'replaced' | 'unchanged';
  readonly lines_added: number;
  readonly lines_removed: number;
  /** A unified diff, shortened where it is long. */
  readonly diff: string;
}

/** A file as it was found: `text` is undefined for a new one, `'binary'` says that it has none. */
export interface Before {
  readonly target: Target;
  readonly path: string;
  readonly text: string | undefined;
  readonly isBinary: boolean;
}

/** What the whole file is to hold; throws a sentence where that cannot be said. */
export type Change = (before: Before) => string;

/**
 * Writes what `change` makes of a file. Changes below one root wait for each other in this process, since two paths may
 * lead to one file.
 */
export async function applyChange(root: string, path: string, change: Change): Promise<WrittenFile> {
  return inTurn(resolve(root), async () => {
    const before = await lookAt(root, path);
    const after = changed(before, change);
    const written = shown(before, after, SHOWN_TO_MODEL);
    if (written.change !== 'unchanged') await writeInside(before.target, path, after);
    return written;
  });
}

/** What a person sees of a change that is not made yet; also when it cannot be made. */
export async function previewChange(root: string, path: string, change: Change): Promise<string> {
  try {
    const before = await lookAt(root, path);
    const { diff } = shown(before, changed(before, change), SHOWN_TO_PERSON);
    return diff === '' ? `Nothing changes in ${JSON.stringify(path)}.` : diff;
  } catch (error) {
    return `This will fail: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function lookAt(root: string, path: string): Promise<Before> {
  const target = await resolveTarget(root, path);
  if (!target.stats) return { target, path, text: undefined, isBinary: false };
  const { bytes, more, stats } = await readInside(target, path, MAX_WRITTEN);
  if (more) throw tooLarge(`${JSON.stringify(path)} is`);
  // A BOM is kept as what it is, a character.
  const plain = textOf(bytes);
  const text = plain === undefined ? undefined : bytes.toString('utf8');
  return { target: { ...target, stats }, path, text, isBinary: text === undefined };
}

function changed(before: Before, change: Change): string {
  const after = change(before);
  if (Buffer.byteLength(after) > MAX_WRITTEN) throw tooLarge('The file would be');
  return after;
}

function shown({ target, text, isBinary }: Before, after: string, limit: number): WrittenFile {
  const { diff, added, removed } = differenceOf(target.shown, text, after, limit);
  return {
    path: target.shown,
    change: !target.stats ? 'created' : text === after ? 'unchanged' : 'replaced',
    lines_added: added,
    lines_removed: removed,
    diff: isBinary ? `The binary file of ${target.stats?.size} bytes is replaced by text.\n${diff}` : diff,
  };
}

/** The error for a file that is over the limit. */
export function tooLarge(what: string): Error {
  return new Error(`${what} larger than ${MAX_WRITTEN / 1024 / 1024} MiB, which is too large to write.`);
}
