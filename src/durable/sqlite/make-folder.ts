import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder that only its owner may look into, and the folders above it. One after the other: `recursive` of Node never
 * comes back where a folder can be looked at and not be written to, as in /proc.
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let at = path; !exists(at); at = dirname(at)) {
    missing.push(at);
    if (dirname(at) === at) break;
  }
  for (const folder of missing.reverse()) make(folder);
  if (!statSync(path).isDirectory()) {
    throw Object.assign(new Error(`ENOTDIR: not a folder, '${path}'`), { code: 'ENOTDIR' });
  }
}

/** Somebody else may make it at the same time. */
function make(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** What may not be looked at is somebody else's trouble to name: making what is below it says why it cannot. */
function exists(path: string): boolean {
  try {
    return statSync(path) !== undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}
