import { digest, forget, type Kept, keep, lastKept } from './journal.ts';
import type { PreparedFile } from './prepare.ts';
import { findFile, refused } from './read-file.ts';
import { removeFile, replaceFile } from './replace-file.ts';

/**
 * Writes what was prepared, after the files as they are were kept. Returns the folder with the backups; undefined when
 * nothing was to be done. When one file fails, those before it get back what they held.
 */
export async function writeFiles(
  dataFolder: string,
  client: string,
  prepared: readonly PreparedFile[],
): Promise<string | undefined> {
  const changed = prepared.filter(
    (file): file is PreparedFile & { bytes: Buffer } => file.bytes !== undefined,
  );
  if (changed.length === 0) return undefined;
  const kept = changed.map(
    ({ found, bytes }): Kept => ({ path: found.realPath, before: found.bytes, after: digest(bytes) }),
  );
  const folder = await keep(dataFolder, client, kept);
  const done: Kept[] = [];
  try {
    for (const [i, { found, bytes }] of changed.entries()) {
      await replaceFile(found, bytes);
      done.push(kept[i]!);
    }
  } catch (error) {
    for (const file of done.reverse()) await restore(file);
    await forget({ folder, files: kept });
    throw error;
  }
  return folder;
}

/** What an undo did: the files that are again what they were. */
export interface Undone {
  readonly restored: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Gives the files of a client's last write the bytes that they had before it. undefined: there is no write to undo. Throws
 * when a file was changed since, unless `force` is set.
 */
export async function undoWrite(
  dataFolder: string,
  client: string,
  path: string | undefined,
  force: boolean,
): Promise<Undone | undefined> {
  const at = path === undefined ? undefined : (await findFile(path)).realPath;
  const entry = await lastKept(dataFolder, client, at);
  if (!entry) return undefined;
  for (const { path: file, after } of entry.files) {
    const { bytes } = await findFile(file);
    if (force || (bytes && digest(bytes) === after)) continue;
    const what = bytes ? 'was changed since it was written' : 'is not there any more';
    throw refused(file, `it ${what}`, '--force puts back what was there before all the same.');
  }
  for (const file of entry.files) await restore(file);
  await forget(entry);
  const paths = (isNew: boolean) =>
    entry.files.filter(({ before }) => (before === null) === isNew).map(({ path: file }) => file);
  return { restored: paths(false), removed: paths(true) };
}

async function restore({ path, before }: Kept): Promise<void> {
  const found = await findFile(path);
  if (before !== null) await replaceFile(found, before);
  else if (found.bytes !== null) await removeFile(found);
}
