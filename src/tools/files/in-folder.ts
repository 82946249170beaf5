import { constants, existsSync } from 'node:fs';
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { explain, moved } from './jail.ts';
import type { Target } from './target.ts';

/** Where Linux names a file by the folder that is open, whatever becomes of the folder's path meanwhile. */
const DESCRIPTORS = '/proc/self/fd';

/**
 * Does `work` in the folder of a target; folders that are missing are made. `work` gets names as paths that lead into
 * that very folder. On Linux every folder from the root down is held open and entered without following links, so
 * that no other process can put a link in its place. Elsewhere the folders are looked at one by one, which a process
 * that swaps them at the right moment can still get round.
 */
export async function inFolder<T>(
  target: Target,
  path: string,
  work: (at: (name: string) => string) => Promise<T>,
): Promise<T> {
  if (process.platform !== 'linux' || !existsSync(DESCRIPTORS)) {
    const folder = await lookAtEach(target, path);
    return work((name) => join(folder, name));
  }
  const folder = await holdOpen(target, path);
  try {
    return await work((name) => `${DESCRIPTORS}/${folder.fd}/${name}`);
  } finally {
    await folder.close();
  }
}

async function holdOpen({ root, folders, missing }: Target, path: string): Promise<FileHandle> {
  let folder = await openFolder(root, path);
  for (const [position, name] of folders.entries()) {
    const below = `${DESCRIPTORS}/${folder.fd}/${name}`;
    try {
      if (position >= folders.length - missing) await makeFolder(below, path);
      const opened = await openFolder(below, path);
      await folder.close();
      folder = opened;
    } catch (error) {
      await folder.close();
      throw error;
    }
  }
  return folder;
}

async function openFolder(folder: string, path: string): Promise<FileHandle> {
  try {
    return await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw code === 'ELOOP' || code === 'ENOTDIR' || code === 'ENOENT' ? moved(path) : explain(error, path);
  }
}

async function lookAtEach({ root, folders, missing }: Target, path: string): Promise<string> {
  let folder = root;
  for (const [position, name] of folders.entries()) {
    folder = join(folder, name);
    if (position >= folders.length - missing) await makeFolder(folder, path);
    if (!(await lstat(folder).catch(() => undefined))?.isDirectory()) throw moved(path);
  }
  return folder;
}

async function makeFolder(folder: string, path: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    // A folder that exists is also refused with other codes, where the file system may not be written.
    if (await lstat(folder).catch(() => undefined)) return;
    throw unwritable(error, path);
  }
}

/** An error of the file system, while writing, as a sentence. */
export function unwritable(error: unknown, path: string): Error {
  const code = (error as NodeJS.ErrnoException).code;
  const quoted = JSON.stringify(path);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new Error(`${quoted} was not written: no space is left.`);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new Error(`${quoted} may not be written.`);
  if (code === undefined || code === 'ENAMETOOLONG') return explain(error, path);
  return new Error(`${quoted} was not written (${code}).`);
}
