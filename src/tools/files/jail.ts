import { type FileHandle, lstat, readlink, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';

/** A path that was found to be inside the folder. */
export interface Inside {
  /** Where it really is, links followed. */
  readonly real: string;
  /** Where the folder really is. */
  readonly root: string;
  /** How it is shown: relative to the folder, `.` for the folder itself. */
  readonly shown: string;
}

/**
 * Finds a path of the model's inside `root`. Refuses, with a sentence that the model can read, whatever leads
 * out of it: absolute paths, `..`, and links whose target is outside.
 */
export async function resolveInside(root: string, path: string): Promise<Inside> {
  const { root: realRoot, wanted } = await place(root, path);
  const real = await realpath(wanted).catch((error: unknown) => {
    throw explain(error, path);
  });
  if (!contains(realRoot, real)) throw leadsOut(path);
  return { real, root: realRoot, shown: relative(realRoot, wanted) || '.' };
}

/** Where a path stands by its text alone, inside the folder as it really is. Refuses what is outside already so. */
export async function place(root: string, path: string): Promise<{ root: string; wanted: string }> {
  const quoted = JSON.stringify(path);
  if (path.includes('\0')) throw new Error('A path cannot contain a NUL character.');
  if (isAbsolute(path)) {
    throw new Error(
      `${quoted} is an absolute path. Give one relative to the folder; "." is the folder itself.`,
    );
  }
  const realRoot = await realpath(root).catch(() => {
    throw new Error('The folder that the file tools are for does not exist.');
  });
  // Judged before the disk is asked, so that nothing is learned about what exists outside.
  const wanted = join(realRoot, path);
  if (!contains(realRoot, wanted)) throw new Error(`${quoted} is outside the folder.`);
  return { root: realRoot, wanted };
}

export function leadsOut(path: string): Error {
  return new Error(`${JSON.stringify(path)} is a link that leads out of the folder.`);
}

/**
 * Refuses an opened file that is not inside: between the look at a path and its opening, another process may have
 * put a link in place of one of its folders.
 */
export async function confirmInside(file: FileHandle, { root, real }: Inside, path: string): Promise<void> {
  const found = (await descriptorPath(file)) ?? (await samePath(file, real));
  if (found === undefined || !contains(root, found)) throw moved(path);
}

export function moved(path: string): Error {
  return new Error(`${JSON.stringify(path)} was moved, or led out of the folder, while it was opened.`);
}

/** Where Linux says that the opened file is. */
async function descriptorPath(file: FileHandle): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  return readlink(`/proc/self/fd/${file.fd}`).catch(() => undefined);
}

/** Where the path leads now, if that is the opened file. */
async function samePath(file: FileHandle, path: string): Promise<string | undefined> {
  const opened = await file.stat({ bigint: true });
  const real = await realpath(path).catch(() => undefined);
  const found = real === undefined ? undefined : await lstat(real, { bigint: true }).catch(() => undefined);
  return found?.dev === opened.dev && found.ino === opened.ino ? real : undefined;
}

/** An error of the file system as a sentence, without paths of this machine. */
export function explain(error: unknown, path: string): Error {
  const code = (error as NodeJS.ErrnoException).code;
  const quoted = JSON.stringify(path);
  if (code === 'ENOENT' || code === 'ENOTDIR') return new Error(`${quoted} does not exist.`);
  if (code === 'EACCES' || code === 'EPERM') return new Error(`${quoted} may not be read.`);
  if (code === 'ELOOP') return new Error(`${quoted} is a link that leads in a circle.`);
  if (code === 'ENAMETOOLONG') return new Error('The path is too long.');
  return error instanceof Error && code === undefined
    ? error
    : new Error(`${quoted} cannot be read (${code}).`);
}

/** Whether a path is the folder or below it. */
export function contains(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
