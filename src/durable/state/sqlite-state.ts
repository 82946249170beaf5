import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { PerigeeError, type SharedState } from '../../core/index.ts';
import { makeFolder } from '../sqlite/make-folder.ts';
import { type Database, loadSqlite } from '../sqlite/sqlite.ts';
import { DEFAULT_REASONING_MS, DEFAULT_RESPONSES_MS, type StateOptions } from './options.ts';
import { sqliteReasoning } from './reasoning/sqlite-reasoning.ts';
import { sqliteResponses } from './responses/sqlite-responses.ts';
import { stateFile } from './sqlite-file.ts';

/** Milliseconds between two looks for what has expired. */
const SWEEP_MS = 10 * 60 * 1000;

/** State of one gateway in a file, which outlives the process. */
export interface SqliteState extends SharedState {
  /** Deletes what has expired, as is done from time to time; gives how many rows went. */
  sweep(): Promise<number>;
  close(): Promise<void>;
}

/** The same in an embedded database, which stays the caller's to close, after this. One process at a time. */
export function sqliteState(
  database: Database,
  { responsesMs = DEFAULT_RESPONSES_MS, reasoningMs = DEFAULT_REASONING_MS, tell }: StateOptions = {},
): SqliteState {
  const file = stateFile(database, tell);
  file.transaction(() => {
    for (const statement of TABLES) file.run(statement);
    file.run(
      'INSERT OR IGNORE INTO gateway_secret (only_one, secret) VALUES (1, ?)',
      randomBytes(32).toString('base64url'),
    );
  });
  const sweep = () =>
    file.transaction(() => {
      const now = Date.now();
      const reasoning = file.run('DELETE FROM gateway_reasoning WHERE expires_at < ?', now);
      const responses = file.run(
        `DELETE FROM gateway_responses WHERE conversation IN (
           SELECT conversation FROM gateway_responses WHERE expires_at < ?
           EXCEPT SELECT conversation FROM gateway_responses WHERE expires_at >= ?)`,
        now,
        now,
      );
      return reasoning + responses;
    });
  const timer = setInterval(() => {
    try {
      sweep();
    } catch {
      // The next time.
    }
  }, SWEEP_MS);
  timer.unref();
  return {
    secret: String(file.rows('SELECT secret FROM gateway_secret')[0]!['secret']),
    responses: sqliteResponses(file, responsesMs),
    reasoning: sqliteReasoning(file, reasoningMs),
    onChange() {},
    sweep: async () => sweep(),
    async close() {
      clearInterval(timer);
    },
  };
}

/**
 * The state of one gateway in a file of its own, made if need be. Throws `database-invalid` for one that cannot be used. Closing the
 * state closes it.
 */
export async function openSqliteState(path: string, options: StateOptions = {}): Promise<SqliteState> {
  const open = await loadSqlite();
  let database: Database | undefined;
  try {
    makeFolder(dirname(path));
    database = open(path);
    // All of it is encrypted, but the secret stands beside it.
    chmodSync(path, 0o600);
    // Nothing is lost when the process dies, and the last moments when the machine does.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000');
    const opened = database;
    const state = sqliteState(opened, options);
    return {
      ...state,
      async close() {
        await state.close();
        opened.close();
      },
    };
  } catch (error) {
    database?.close();
    throw new PerigeeError('database-invalid', `${path} cannot be used: ${(error as Error).message}`, {
      remedy: 'Mend the rights or free some space, or name another folder with --data-dir.',
      cause: error,
    });
  }
}

const TABLES = [
  'CREATE TABLE IF NOT EXISTS gateway_secret (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), secret TEXT NOT NULL) STRICT',
  `CREATE TABLE IF NOT EXISTS gateway_responses (
     key TEXT PRIMARY KEY, parent TEXT, conversation TEXT NOT NULL, answer BLOB, items BLOB, messages BLOB NOT NULL,
     expires_at INTEGER NOT NULL) STRICT`,
  'CREATE INDEX IF NOT EXISTS gateway_responses_parent ON gateway_responses (parent) WHERE parent IS NOT NULL',
  'CREATE INDEX IF NOT EXISTS gateway_responses_conversation ON gateway_responses (conversation, expires_at)',
  'CREATE INDEX IF NOT EXISTS gateway_responses_expiry ON gateway_responses (expires_at)',
  `CREATE TABLE IF NOT EXISTS gateway_reasoning (
     key TEXT PRIMARY KEY, digest TEXT NOT NULL, body BLOB, expires_at INTEGER NOT NULL) STRICT`,
  'CREATE INDEX IF NOT EXISTS gateway_reasoning_expiry ON gateway_reasoning (expires_at)',
];
