import { randomBytes } from 'node:crypto';
import { chmod, chown, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type FoundFile, findFile, refused } from './read-file.ts';

/** What a new file may be done with: it may come to hold a key. */
const NEW_FILE = 0o600;
const NEW_FOLDER = 0o700;

/**
 * Puts bytes in the place of a file, all or nothing, links, mode and owner kept. Throws when the file is no longer
 * what `found` says, or may not be written.
 */
export async function replaceFile(found: FoundFile, bytes: Buffer): Promise<void> {
  const { path, realPath, mode, owner } = found;
  // To root a mode is no obstacle, but it says what the user wants.
  if (mode !== undefined && (mode & 0o222) === 0) {
    throw refused(path, 'it is read-only', `Allow it with  chmod u+w ${path}  if it is to be changed.`);
  }
  const now = await findFile(path);
  if (now.realPath !== realPath || !sameBytes(now.bytes, found.bytes)) {
    throw refused(path, 'it was changed by somebody else in the meantime', 'Give the command again.');
  }
  const folder = dirname(realPath);
  const draft = `${realPath}.${randomBytes(6).toString('hex')}.tmp`;
  let file: FileHandle | undefined;
  try {
    await mkdir(folder, { recursive: true, mode: NEW_FOLDER });
    file = await open(draft, 'wx', NEW_FILE);
    await file.writeFile(bytes);
    await file.sync();
    await file.close();
    if (mode !== undefined) await chmod(draft, mode);
    if (owner) await keepOwner(draft, owner);
    await rename(draft, realPath);
  } catch (error) {
    await file?.close().catch(() => {});
    await rm(draft, { force: true }).catch(() => {});
    throw unwritable(path, error as NodeJS.ErrnoException);
  }
}

/** A file of somebody else stays theirs. Its group is kept where that is allowed. */
async function keepOwner(draft: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  const [own, group] = [process.getuid?.(), process.getgid?.()];
  if (own === undefined || (uid === own && gid === group)) return;
  await chown(draft, uid, gid).catch((error: Error) => {
    if (uid !== own) throw error;
  });
}

/** Takes a file away that was not there before. */
export async function removeFile({ realPath, path }: FoundFile): Promise<void> {
  await rm(realPath).catch((error: NodeJS.ErrnoException) => {
    throw unwritable(path, error);
  });
}

export function sameBytes(a: Buffer | null, b: Buffer | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}

function unwritable(path: string, error: NodeJS.ErrnoException): Error {
  const why: Record<string, string> = {
    EACCES: 'its folder may not be written to',
    EPERM: 'it belongs to somebody else',
    EROFS: 'it lies on a file system that is read-only',
    ENOSPC: 'there is no space left',
    ENOTDIR: 'a part of its path is not a folder',
    EEXIST: 'a part of its path is not a folder',
  };
  return error.code === undefined ? error : refused(path, why[error.code] ?? error.message);
}
