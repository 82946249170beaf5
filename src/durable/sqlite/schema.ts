import { PerigeeError } from '../../core/index.ts';
import type { Database } from './sqlite.ts';
import { inTransaction } from './transaction.ts';

/** Marks a file as ours: `Prge`. */
const APPLICATION_ID = 0x50726765;

/** Brings a file from one version to the next: the first makes a version 0, which is an empty file, version 1. */
export type Migration = string;

/** A file has the version that is the number of migrations it has been through. Never change one that was released. */
export const MIGRATIONS: readonly Migration[] = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
   CREATE TABLE records (
     seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, name TEXT NOT NULL UNIQUE, value TEXT NOT NULL
   ) STRICT;
   CREATE TABLE queued (
     id INTEGER PRIMARY KEY, at INTEGER NOT NULL, key TEXT NOT NULL UNIQUE, "when" TEXT NOT NULL, message TEXT NOT NULL
   ) STRICT;
   CREATE TABLE delivered (
     name TEXT PRIMARY KEY, at INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL
   ) STRICT;`,
];

/**
 * The version of a file; 0 for one that is still empty. Throws `session-invalid` for a database of something else and
 * for one of a later version. Changes nothing.
 */
export function schemaVersion(database: Database, name: string, latest = MIGRATIONS.length): number {
  const version = pragma(database, 'user_version');
  const id = pragma(database, 'application_id');
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_master LIMIT 1').get() === undefined;
  if (isEmpty && version === 0 && (id === 0 || id === APPLICATION_ID)) return 0;
  if (id !== APPLICATION_ID) {
    throw new PerigeeError(
      'session-invalid',
      `The file of session "${name}" is a database of something else.`,
      {
        remedy: 'Move it out of the folder, or take another session.',
      },
    );
  }
  if (version <= latest) return version;
  throw new PerigeeError(
    'session-invalid',
    `Session "${name}" was written by a later version of Perigee: its format is ${version}, and this one knows ${latest}. It was not touched.`,
    { remedy: 'Upgrade Perigee.' },
  );
}

/** Brings an open file to the latest version, whole or not at all. Throws as `schemaVersion` does. */
export function migrate(
  database: Database,
  name: string,
  migrations: readonly Migration[] = MIGRATIONS,
): void {
  const version = schemaVersion(database, name, migrations.length);
  if (version === migrations.length) return;
  inTransaction(database, () => {
    for (const migration of migrations.slice(version)) database.exec(migration);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`);
  });
}

function pragma(database: Database, name: string): number {
  return database.prepare(`PRAGMA ${name}`).get()?.[name] as number;
}
