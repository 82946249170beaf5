import { createRequire } from 'node:module';
import { PerigeeError } from '../../core/index.ts';

/** The part of `node:sqlite` that is used here; `@photostructure/sqlite` has the same. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

export interface Statement {
  run(...values: SqlValue[]): unknown;
  get(...values: SqlValue[]): Row | undefined;
  all(...values: SqlValue[]): Row[];
  iterate(...values: SqlValue[]): Iterable<Row>;
}

export type SqlValue = string | number | null | Uint8Array;
export type Row = Readonly<Record<string, unknown>>;

/** Opens a database file. */
export type OpenDatabase = (path: string, options?: { readonly readOnly?: boolean }) => Database;

interface SqliteModule {
  readonly DatabaseSync: new (path: string, options?: { readonly readOnly?: boolean }) => Database;
}

let loaded: Promise<OpenDatabase> | undefined;

/**
 * SQLite: Node's own from 22.13 on, else the package `@photostructure/sqlite`. Throws `missing-package` where there is
 * neither.
 */
export function loadSqlite(): Promise<OpenDatabase> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<OpenDatabase> {
  const { DatabaseSync } = builtInSqlite() ?? (await packagedSqlite());
  return (path, options) => new DatabaseSync(path, options ?? {});
}

/** Only one of the two may ever be loaded: locks on a file belong to the process, and each would free those of the other. */
function builtInSqlite(): SqliteModule | undefined {
  const emitWarning = process.emitWarning;
  // That the module is experimental is for us to know, not for whoever runs the command.
  process.emitWarning = () => {};
  try {
    return createRequire(import.meta.url)('node:sqlite') as SqliteModule;
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

async function packagedSqlite(): Promise<SqliteModule> {
  try {
    return (await import('@photostructure/sqlite')) as unknown as SqliteModule;
  } catch (error) {
    throw new PerigeeError('missing-package', `Sessions need SQLite, which Node ${process.version} lacks.`, {
      remedy: 'npm install @photostructure/sqlite@1.2.1, or use Node 22.13 or newer, which has it.',
      cause: error,
    });
  }
}
