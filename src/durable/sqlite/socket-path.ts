import { lstatSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from './make-folder.ts';

/** Bytes that the address of a unix socket may have: 104 on macOS, 108 on Linux, with the zero at its end. */
const LONGEST = 103;

/** Addresses at which a session may listen, best first. `id`: letters and digits that nobody else uses. */
export function socketPaths(dataDir: string, id: string): string[] {
  if (process.platform === 'win32') return [`\\\\.\\pipe\\perigee-${id}`];
  const folders = [join(dataDir, 'run'), join(tmpdir(), `perigee-${process.getuid?.()}`)];
  return folders
    .map((folder) => join(folder, `${id}.sock`))
    .filter((path) => Buffer.byteLength(path) <= LONGEST)
    .filter((path) => isPrivate(dirname(path)));
}

/** Makes the folder, unless somebody else has laid it there for us. */
function isPrivate(folder: string): boolean {
  try {
    makeFolder(folder);
    const { mode, uid } = lstatSync(folder);
    const isFolder = (mode & 0o170000) === 0o040000;
    return isFolder && uid === process.getuid?.() && (mode & 0o077) === 0;
  } catch {
    return false;
  }
}

/** Removes the socket that a killed owner left behind. Only for whoever holds the lock of the session now. */
export function removeSocket(path: string): void {
  if (process.platform === 'win32' || !basename(path).endsWith('.sock')) return;
  try {
    if (lstatSync(path).isSocket()) rmSync(path, { force: true });
  } catch {}
}
