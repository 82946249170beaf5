import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { inFolder, unwritable } from './in-folder.ts';
import { confirmInside } from './jail.ts';
import type { Target } from './target.ts';

/** What a file keeps of its mode: who may read, write and run it, but not what lets it run as somebody else. */
const PERMISSIONS = 0o777;

/**
 * Puts `content` in the place of a file, whole or not at all: it is written beside it and renamed. The mode stays as it
 * was. Refuses, with a sentence, a file that nobody may write and one that is no longer as `target` found it.
 */
export async function writeInside(target: Target, path: string, content: string): Promise<void> {
  const { stats, name } = target;
  if (stats && (stats.mode & 0o222) === 0) throw new Error(`${JSON.stringify(path)} is read-only.`);
  await inFolder(target, path, async (at) => {
    const beside = at(`.perigee-${randomBytes(8).toString('hex')}.tmp`);
    try {
      await writeNew(beside, content, stats, (file) =>
        confirmInside(file, { ...target, real: beside }, path),
      );
      const now = await lstat(at(name)).catch(() => undefined);
      if (!isSame(stats, now)) throw changed(path);
      await rename(beside, at(name));
    } catch (error) {
      await rm(beside, { force: true }).catch(() => {});
      throw unwritable(error, path);
    }
  });
}

async function writeNew(
  at: string,
  content: string,
  like: Stats | undefined,
  confirm: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
  // Nobody else may look into it before it has the mode of the old one.
  const file = await open(at, flags, like ? 0o600 : 0o666);
  try {
    await confirm(file);
    await file.writeFile(content);
    if (like) await makeLike(file, like);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function makeLike(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const made = await file.stat();
  // Only who may give files away can do so; for the others the file becomes theirs, as with every editor.
  if (made.uid !== uid || made.gid !== gid) await file.chown(uid, gid).catch(() => {});
  await file.chmod(mode & PERMISSIONS);
}

function isSame(before: Stats | undefined, now: Stats | undefined): boolean {
  if (!before || !now) return before === now;
  return before.ino === now.ino && before.size === now.size && before.mtimeMs === now.mtimeMs;
}

function changed(path: string): Error {
  return new Error(
    `${JSON.stringify(path)} was changed by somebody else meanwhile; nothing was written. Read it again.`,
  );
}
