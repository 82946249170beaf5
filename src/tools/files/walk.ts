import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { explain } from './jail.ts';

/** Entries that are looked at before the walk is given up. */
export const MAX_SEEN = 50_000;

/** One entry below the folder. Links are named, never followed. */
export interface Found {
  /** The path below the folder, with `/`. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'link' | 'other';
}

/** How to walk: whether into directories too, except for those that are to be skipped. */
export interface Walk {
  readonly recursive: boolean;
  readonly signal: AbortSignal;
  readonly skips?: (directory: string) => boolean;
}

/** Walks breadth first, so that what is near is counted before the limit is reached; `whole` if it saw all. */
export async function walk(
  folder: string,
  path: string,
  { recursive, signal, skips = () => false }: Walk,
  found: (entry: Found) => void,
): Promise<{ whole: boolean; seen: number }> {
  const folders = [''];
  let seen = 0;
  for (const below of folders) {
    const opened = await opendir(join(folder, below)).catch((error: unknown) => {
      // A folder below may have gone or be closed to us; the one that was asked for must be readable.
      if (below === '') throw explain(error, path);
    });
    if (!opened) continue;
    for await (const entry of opened) {
      signal.throwIfAborted();
      if (seen === MAX_SEEN) return { whole: false, seen };
      seen++;
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      const type = typeOf(entry);
      found({ name, type });
      if (recursive && type === 'directory' && !skips(entry.name)) folders.push(name);
    }
  }
  return { whole: true, seen };
}

function typeOf(entry: Dirent): Found['type'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'other';
}
