import { PerigeeError } from '../../../core/index.ts';
import type { Database } from '../../sqlite/sqlite.ts';
import { inTransaction } from '../../sqlite/transaction.ts';

/** Marks a file as ours: `Prgg`. */
const APPLICATION_ID = 0x50726767;

/** A file has the version that is the number of steps it has been through. Never change one that was released. */
const STEPS: readonly string[] = [
  `CREATE TABLE keys (
     hash TEXT PRIMARY KEY, id TEXT NOT NULL, models TEXT, requests_per_minute REAL, tokens_per_minute REAL,
     monthly_budget INTEGER, created_at INTEGER NOT NULL, revoked_at INTEGER) STRICT;
   CREATE UNIQUE INDEX keys_in_use ON keys (id) WHERE revoked_at IS NULL;
   CREATE TABLE spent (
     key TEXT NOT NULL, month TEXT NOT NULL, spent INTEGER NOT NULL, PRIMARY KEY (key, month)) STRICT, WITHOUT ROWID;
   CREATE TABLE usage (
     hour INTEGER NOT NULL, key TEXT NOT NULL, model TEXT NOT NULL, upstream TEXT NOT NULL,
     requests INTEGER NOT NULL, input_tokens INTEGER NOT NULL, cached_input_tokens INTEGER NOT NULL,
     output_tokens INTEGER NOT NULL, cost INTEGER NOT NULL, estimated INTEGER NOT NULL,
     PRIMARY KEY (hour, key, model, upstream)) STRICT, WITHOUT ROWID;
   CREATE TABLE secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;`,
];

/** Brings a file up to date, while nobody else does. Throws `database-invalid` for one of something else, or of a later version. */
export function prepareFile(database: Database, path: string): void {
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  inTransaction(database, () => {
    const version = numberOf(database, 'user_version');
    const id = numberOf(database, 'application_id');
    const isEmpty = database.prepare('SELECT 1 FROM sqlite_master LIMIT 1').get() === undefined;
    if (!isEmpty && id !== APPLICATION_ID) {
      throw new PerigeeError('database-invalid', `${path} is a database of something else.`, {
        remedy: 'Move it away, or name another folder with --data-dir.',
      });
    }
    if (version > STEPS.length) {
      throw new PerigeeError(
        'database-invalid',
        `${path} was written by a later version of Perigee. It was not touched.`,
        {
          remedy: 'Upgrade Perigee.',
        },
      );
    }
    for (const step of STEPS.slice(version)) database.exec(step);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${STEPS.length};`);
  });
}

function numberOf(database: Database, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
