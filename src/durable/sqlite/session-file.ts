import { existsSync } from 'node:fs';
import type { QueuedMessage } from '../../core/index.ts';
import { migrate, schemaVersion } from './schema.ts';
import type { Database, OpenDatabase, Row, SqlValue, Statement } from './sqlite.ts';
import { sessionFileError } from './sqlite-error.ts';
import { inTransaction, rollBack } from './transaction.ts';

/** A record as it stands in the file: `text` is the JSON of its value. */
export interface RecordRow {
  readonly seq: number;
  readonly at: number;
  readonly name: string;
  readonly text: string;
}

/** A message in line, as it stands in the file. */
export interface QueuedRow {
  readonly at: number;
  readonly when: QueuedMessage['when'];
  readonly text: string;
}

/** A value that was delivered, as it stands in the file. */
export interface DeliveredRow {
  readonly at: number;
  readonly name: string;
  readonly text: string;
}

/** Under which a file says where its session goes on. */
export const CLOSED_FOR = 'closed-for';

/** Records in one page at most, and bytes after which no further one is begun. */
const PAGE_RECORDS = 500;
const PAGE_BYTES = 4_000_000;

/**
 * The open file of one session. Synchronous: what has returned is on the disk. Whoever has it open for writing is the
 * only one who has it open at all. Throws `session-unwritable` and `session-invalid`; that another holds the file is
 * thrown as SQLite says it (`isBusy`).
 */
export class SessionFile {
  readonly #database: Database;
  readonly #name: string;
  readonly #path: string;
  readonly #writes: boolean;
  readonly #statements = new Map<string, Statement>();

  private constructor(database: Database, name: string, path: string, writes: boolean) {
    this.#database = database;
    this.#name = name;
    this.#path = path;
    this.#writes = writes;
  }

  /** Opens for writing, and makes an empty file a session. */
  static toWrite(open: OpenDatabase, name: string, path: string): SessionFile {
    let database: Database | undefined;
    try {
      database = open(path);
      database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
      makeReady(database, name);
      return new SessionFile(database, name, path, true);
    } catch (error) {
      database?.close();
      throw sessionFileError(error, name, path);
    }
  }

  /**
   * Opens for reading, which keeps nobody out for longer than a page takes. Undefined: somebody was killed while it was
   * open for writing, and a writer has to tidy up first.
   */
  static toRead(open: OpenDatabase, name: string, path: string): SessionFile | undefined {
    // A log of either kind may only be taken in by a writer.
    if (isLeftOpen(path)) return undefined;
    let database: Database | undefined;
    try {
      database = open(path, { readOnly: true });
      // Not by asking for the mode: beside a WAL, @photostructure/sqlite keeps the lock of a database in which a
      // statement was prepared until that has been collected as garbage.
      database.exec('PRAGMA busy_timeout = 0; SELECT 1 FROM sqlite_master');
      if (!isLeftOpen(path)) return new SessionFile(database, name, path, false);
      database.close();
      return undefined;
    } catch (error) {
      database?.close();
      throw sessionFileError(error, name, path);
    }
  }

  /** Of its tables; 0: there are none, since its process was killed in the moment in which it made the file. */
  get version(): number {
    return this.#guard(() => schemaVersion(this.#database, this.#name));
  }

  /** The text of a record; undefined when there is none of this name. */
  text(name: string): string | undefined {
    return this.#get('SELECT value FROM records WHERE name = ?', name)?.['value'] as string | undefined;
  }

  /** The number of the last record, 0 for none. */
  lastSeq(): number {
    return (this.#get('SELECT max(seq) AS seq FROM records')?.['seq'] as number | null) ?? 0;
  }

  add(name: string, text: string, at = Date.now()): void {
    this.#run('INSERT INTO records (at, name, value) VALUES (?, ?, ?)', at, name, text);
  }

  /** Records after `seq`, oldest first; none means that there are no more. */
  page(seq: number): RecordRow[] {
    const sizes = this.rows(
      'SELECT seq, octet_length(value) AS size FROM records WHERE seq > ? ORDER BY seq LIMIT ?',
      seq,
      PAGE_RECORDS,
    ) as unknown as { seq: number; size: number }[];
    let last = seq;
    let bytes = 0;
    for (const row of sizes) {
      last = row.seq;
      if ((bytes += row.size) > PAGE_BYTES) break;
    }
    return this.rows(
      'SELECT seq, at, name, value AS text FROM records WHERE seq > ? AND seq <= ? ORDER BY seq',
      seq,
      last,
    ) as unknown as RecordRow[];
  }

  /** What `sql` selects. */
  rows(sql: string, ...values: SqlValue[]): Row[] {
    return this.#guard(() => this.#prepare(sql).all(...values));
  }

  /** `key`: of the one who asks, so that asking again after an answer was lost does not queue it twice. */
  queue(
    { when, text, at = Date.now() }: Omit<QueuedRow, 'at'> & { readonly at?: number },
    key: string,
  ): void {
    this.#run(
      'INSERT OR IGNORE INTO queued (at, key, "when", message) VALUES (?, ?, ?, ?)',
      at,
      key,
      when,
      text,
    );
  }

  /** Messages are never removed, so the ids of SQLite have no gaps. */
  queued(from: number): QueuedRow[] {
    const rows = this.rows('SELECT at, "when", message AS text FROM queued WHERE id > ? ORDER BY id', from);
    return rows as unknown as QueuedRow[];
  }

  /** The text that was delivered under a name. */
  deliveredText(name: string): string | undefined {
    return this.#get('SELECT value FROM delivered WHERE name = ?', name)?.['value'] as string | undefined;
  }

  delivered(): DeliveredRow[] {
    return this.rows(
      'SELECT at, name, value AS text FROM delivered ORDER BY at, name',
    ) as unknown as DeliveredRow[];
  }

  /**
   * Keeps a value for whoever waits for it, with `isAwaited` also as the record. False: there was one already, from
   * somebody else than `key`.
   */
  deliver(
    { name, text, at = Date.now() }: Omit<DeliveredRow, 'at'> & { readonly at?: number },
    key: string,
    isAwaited = false,
  ): boolean {
    const earlier = this.#get('SELECT key FROM delivered WHERE name = ?', name);
    if (earlier) return earlier['key'] === key;
    if (this.text(name) !== undefined) return false;
    const keep = () =>
      this.#run('INSERT INTO delivered (name, at, key, value) VALUES (?, ?, ?, ?)', name, at, key, text);
    if (!isAwaited) keep();
    else {
      this.transaction(() => {
        keep();
        this.add(name, text, at);
      });
    }
    return true;
  }

  meta(key: string): string | undefined {
    return this.#get('SELECT value FROM meta WHERE key = ?', key)?.['value'] as string | undefined;
  }

  /** What was said first stays. */
  setMeta(key: string, value: string): void {
    this.#run('INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)', key, value);
  }

  /** Does all of `work` or nothing. */
  transaction(work: () => void): void {
    this.#guard(() => {
      inTransaction(this.#database, work);
    });
  }

  /** Lets others in. What is left is one plain file, which may be copied. */
  close(): void {
    this.#statements.clear();
    if (this.#writes) tidyUp(this.#database);
    this.#database.close();
  }

  #get(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#guard(() => this.#prepare(sql).get(...values));
  }

  #run(sql: string, ...values: SqlValue[]): void {
    this.#guard(() => this.#prepare(sql).run(...values));
  }

  #prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw sessionFileError(error, this.#name, this.#path);
    }
  }
}

/** In the first transaction, which takes the lock; the lock stays. */
function makeReady(database: Database, name: string): void {
  try {
    schemaVersion(database, name);
  } catch (error) {
    rollBack(database);
    freeLock(database);
    throw error;
  }
  rollBack(database);
  try {
    // WAL: one sync a record instead of three. fullfsync: what macOS needs for the same promise.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1');
    migrate(database, name);
  } catch (error) {
    tidyUp(database);
    throw error;
  }
}

/** Leaves one plain file and frees the lock. */
function tidyUp(database: Database): void {
  try {
    database.exec('PRAGMA journal_mode = DELETE');
    freeLock(database);
  } catch {
    // No space to tidy up with. All is in the file and its WAL, and whoever opens it next reads both.
  }
}

/** Whether a killed process left a log, or reading has just begun one, since it was killed before it had one. */
function isLeftOpen(path: string): boolean {
  return ['-wal', '-shm', '-journal'].some((ending) => existsSync(path + ending));
}

/**
 * Closing frees the lock, but with @photostructure/sqlite only when the statements have been collected as garbage. Reading
 * once in normal mode frees it at once, unless there is a WAL.
 */
function freeLock(database: Database): void {
  database.exec('PRAGMA locking_mode = NORMAL');
  database.prepare('SELECT 1 FROM sqlite_master').get();
}
