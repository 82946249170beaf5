import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { PerigeeError } from '../../core/index.ts';

/** Bytes that a configuration may have; more is something else. */
const LARGEST = 5 * 1024 * 1024;

/** A file as it lies there, or the place where it will. */
export interface FoundFile {
  /** As it was named. */
  readonly path: string;
  /** Where it really is, links followed. */
  readonly realPath: string;
  /** null: there is none yet. */
  readonly bytes: Buffer | null;
  /** Permission bits, where it is there. */
  readonly mode?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Reads a client's file. Throws `config-invalid` for what is no file that can be merged into. */
export async function findFile(path: string): Promise<FoundFile> {
  const realPath = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return linkTarget(path);
    throw unreadable(path, error);
  });
  let file: FileHandle;
  try {
    // A pipe must not keep us waiting for somebody who writes to it.
    file = await open(realPath, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { path, realPath, bytes: null };
    throw unreadable(path, error as NodeJS.ErrnoException);
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw refused(path, stats.isDirectory() ? 'it is a folder' : 'it is no plain file');
    if (stats.size > LARGEST)
      throw refused(path, `with ${stats.size} bytes it is too large for a configuration`);
    const bytes = await file.readFile();
    const { uid, gid } = stats;
    return { path, realPath, bytes, mode: stats.mode & 0o7777, owner: { uid, gid } };
  } finally {
    await file.close();
  }
}

/** A link to a file that is not there yet leads to where it will be made. */
async function linkTarget(path: string): Promise<string> {
  let at = resolve(path);
  for (let links = 0; links < 20; links++) {
    const stats = await lstat(at).catch(() => undefined);
    if (!stats?.isSymbolicLink()) return at;
    at = resolve(dirname(at), await readlink(at));
  }
  throw refused(path, 'its links lead round in a circle');
}

/** The text of a file and what was before it. Throws where it is not UTF-8. */
export function decoded(path: string, bytes: Buffer): { readonly mark: string; readonly text: string } {
  if (/^(\xff\xfe|\xfe\xff)/.test(bytes.subarray(0, 2).toString('latin1'))) {
    throw refused(path, 'it is written in UTF-16; save it as UTF-8');
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refused(path, 'it is not written in UTF-8');
  }
  if (text.includes('\0')) throw refused(path, 'it holds bytes that no text has');
  return text.startsWith('\ufeff') ? { mark: '\ufeff', text: text.slice(1) } : { mark: '', text };
}

export function refused(path: string, why: string, remedy?: string): PerigeeError {
  return new PerigeeError(
    'config-invalid',
    `${path} was left alone: ${why}.`,
    remedy === undefined ? {} : { remedy },
  );
}

function unreadable(path: string, error: NodeJS.ErrnoException): PerigeeError {
  const why: Record<string, string> = {
    EACCES: 'it may not be read',
    EPERM: 'it may not be read',
    ENOTDIR: 'a part of its path is not a folder',
    ELOOP: 'its links lead round in a circle',
    EISDIR: 'it is a folder',
  };
  return refused(path, why[error.code ?? ''] ?? error.message);
}
