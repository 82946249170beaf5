import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PerigeeError } from '../../core/index.ts';

/** Writes that can be undone, for each client; older ones are forgotten. */
const MOST = 20;

/** What one file was before a write. */
export interface Kept {
  readonly path: string;
  /** null: it was not there. */
  readonly before: Buffer | null;
  /** SHA-256 of what was written, in hex. */
  readonly after: string;
}

/** One write of a client's files. */
export interface Entry {
  readonly folder: string;
  readonly files: readonly Kept[];
}

interface WrittenEntry {
  readonly version: 1;
  readonly client: string;
  readonly files: readonly {
    readonly path: string;
    readonly backup: string | null;
    readonly after: string;
  }[];
}

/** Keeps what files are before they are written. Returns the folder with the backups, which only the user may read. */
export async function keep(dataFolder: string, client: string, files: readonly Kept[]): Promise<string> {
  const root = join(dataFolder, 'connect', client);
  await mkdir(root, { recursive: true, mode: 0o700 }).catch((error: Error) => {
    throw new PerigeeError('config-invalid', `No backup can be kept in ${root}: ${error.message}.`, {
      remedy: 'Make the folder writable, or name another one with PERIGEE_DATA_DIR.',
    });
  });
  const names = await namesIn(root);
  const next = Number(names.at(-1) ?? 0) + 1;
  const folder = join(root, String(next).padStart(6, '0'));
  const draft = `${folder}.tmp`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  const written: WrittenEntry['files'][number][] = [];
  for (const [i, { path, before, after }] of files.entries()) {
    const backup = before === null ? null : `${i}.backup`;
    if (backup !== null && before !== null) await writeFile(join(draft, backup), before, { mode: 0o600 });
    written.push({ path, backup, after });
  }
  const entry: WrittenEntry = { version: 1, client, files: written };
  await writeFile(join(draft, 'entry.json'), `${JSON.stringify(entry, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, folder);
  for (const old of names.slice(0, Math.max(0, names.length + 1 - MOST))) {
    await rm(join(root, old), { recursive: true, force: true });
  }
  return folder;
}

/** The last write of a client whose first file is this one; undefined when there is none. */
export async function lastKept(
  dataFolder: string,
  client: string,
  path: string | undefined,
): Promise<Entry | undefined> {
  const root = join(dataFolder, 'connect', client);
  for (const name of (await namesIn(root)).reverse()) {
    const folder = join(root, name);
    const entry = await readEntry(folder);
    if (entry && (path === undefined || entry.files.some((file) => file.path === path))) return entry;
  }
  return undefined;
}

export async function forget({ folder }: Entry): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

export function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function readEntry(folder: string): Promise<Entry | undefined> {
  try {
    const entry = JSON.parse(await readFile(join(folder, 'entry.json'), 'utf8')) as WrittenEntry;
    const files = entry.files.map(async ({ path, backup, after }) => ({
      path,
      after,
      before: backup === null ? null : await readFile(join(folder, backup)),
    }));
    return { folder, files: await Promise.all(files) };
  } catch {
    // Half of an entry is none: what it was for was never written.
    return undefined;
  }
}

async function namesIn(root: string): Promise<string[]> {
  const names = await readdir(root).catch(() => []);
  return names.filter((name) => /^\d{6}$/.test(name)).sort();
}
