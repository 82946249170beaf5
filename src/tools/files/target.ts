import type { Stats } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { contains, explain, type Inside, leadsOut, place } from './jail.ts';
import { checkRegular } from './read-inside.ts';

/** A file that may be written: one that is there, or one that would be new. */
export interface Target extends Inside {
  /** The folders from the root to the file, none of them a link. */
  readonly folders: readonly string[];
  /** How many of the folders, at the end, do not exist yet. */
  readonly missing: number;
  readonly name: string;
  /** The file as it is, undefined when it would be new. */
  readonly stats: Stats | undefined;
}

/**
 * Finds where a path of the model's would be written. A link to a file inside stands for that file. Refuses whatever
 * `resolveInside` refuses, links that lead nowhere, and what is no regular file.
 */
export async function resolveTarget(root: string, path: string): Promise<Target> {
  const { root: realRoot, wanted } = await place(root, path);
  if (path.endsWith('/') || path.endsWith(sep)) {
    throw new Error(`${JSON.stringify(path)} names a folder. Give the path of a file.`);
  }
  const { real, missing } = await realPlace(wanted, path);
  if (!contains(realRoot, real)) throw leadsOut(path);
  if (isOfGit(relative(realRoot, real))) {
    throw new Error(
      `${JSON.stringify(path)} belongs to git itself, which would run what is written there. It is not written.`,
    );
  }
  const stats = missing > 0 ? undefined : await lstat(real);
  if (stats) checkRegular(stats, path);
  const folder = relative(realRoot, dirname(real));
  return {
    root: realRoot,
    real,
    shown: relative(realRoot, wanted),
    folders: folder === '' ? [] : folder.split(sep),
    missing: Math.max(0, missing - 1),
    name: basename(real),
    stats,
  };
}

/** What git keeps: its hooks and its settings are run with the rights of whoever uses git next. File systems may not tell cases apart. */
function isOfGit(path: string): boolean {
  return path.split(sep).some((name) => name.toLowerCase() === '.git');
}

/** The path with the links in it followed, as far as it exists, and how many names at its end do not. */
async function realPlace(wanted: string, path: string): Promise<{ real: string; missing: number }> {
  const missing: string[] = [];
  for (let at = wanted; ; at = dirname(at)) {
    try {
      const real = await realpath(at);
      if (missing.length > 0 && !(await lstat(real)).isDirectory()) throw notFolder(path);
      return { real: join(real, ...missing), missing: missing.length };
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOTDIR') throw notFolder(path);
      if (code !== 'ENOENT') throw explain(error, path);
    }
    // What exists but has no real path is a link to nothing: writing would make a file wherever it points.
    if (await lstat(at).catch(() => undefined)) {
      throw new Error(
        `${JSON.stringify(path)} is, or leads through, a link to something that does not exist.`,
      );
    }
    missing.unshift(basename(at));
  }
}

function notFolder(path: string): Error {
  return new Error(`${JSON.stringify(path)} leads through a file as if it were a folder.`);
}
