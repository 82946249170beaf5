import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type AccountBooks,
  type AccountKey,
  type AccountsFile,
  type KeptKey,
  type KeyChanges,
  nanoDollars,
  PerigeeError,
  type Settlement,
  type UsageRow,
} from '../../../core/index.ts';
import { makeFolder } from '../../sqlite/make-folder.ts';
import { type Database, loadSqlite, type Row } from '../../sqlite/sqlite.ts';
import { inTransaction } from '../../sqlite/transaction.ts';
import { BackgroundSync } from './background-sync.ts';
import { Batch } from './batch.ts';
import { checkKey, keyInUse } from './check-key.ts';
import { keyOfRow } from './key-row.ts';
import { prepareFile } from './sqlite-tables.ts';
import { storable } from './storable.ts';
import { batchWriter } from './write-batch.ts';

/** Milliseconds that a settlement waits for others. */
const WAIT_MS = 50;
/** Milliseconds until what could not be written is tried again. */
const RETRY_MS = 5000;

export interface SqliteAccounts extends AccountsFile, AccountBooks {
  /** A secret of this file, made when it is asked for first. */
  secret(name: string, make: () => string): string;
}

/**
 * The accounts of one gateway in a file, which `perigee keys` may have open at the same time. `tell` is told, in one sentence,
 * what cannot be written; it is kept and tried again. Throws `database-invalid` for a file that is none of ours.
 */
export async function sqliteAccounts(
  path: string,
  tell: (text: string) => void = () => {},
): Promise<SqliteAccounts> {
  const open = await loadSqlite();
  try {
    makeFolder(dirname(path));
    const database = open(path);
    // Hashes of keys are no keys, and what was used is nobody else's business.
    chmodSync(path, 0o600);
    prepareFile(database, path);
    return new SqliteFile(database, path, tell);
  } catch (error) {
    if (error instanceof PerigeeError) throw error;
    throw new PerigeeError('database-invalid', `${path} cannot be used: ${(error as Error).message}.`, {
      remedy: 'Mend the rights or free some space, or name another folder with --data-dir.',
      cause: error,
    });
  }
}

class SqliteFile implements SqliteAccounts {
  readonly #database: Database;
  readonly #path: string;
  readonly #tell: (text: string) => void;
  readonly #find;
  readonly #spent;
  readonly #anyKey;
  readonly #add;
  #keepsKeys = false;
  #batch = new Batch();
  #timer: NodeJS.Timeout | undefined;
  #isTold = false;
  /** Of the log that commits are appended to; none where there is no such log. */
  readonly #sync: BackgroundSync | undefined;

  constructor(database: Database, path: string, tell: (text: string) => void) {
    this.#database = database;
    this.#path = path;
    this.#tell = tell;
    this.#find = database.prepare('SELECT * FROM keys WHERE hash = ? AND revoked_at IS NULL');
    this.#spent = database.prepare('SELECT spent FROM spent WHERE key = ? AND month = ?');
    this.#anyKey = database.prepare('SELECT 1 FROM keys LIMIT 1');
    this.#add = batchWriter(database);
    this.#sync = BackgroundSync.of(`${path}-wal`, ({ message }) => this.#cannotWrite(message));
  }

  get keepsKeys(): boolean {
    this.#keepsKeys ||= this.#anyKey.get() !== undefined;
    return this.#keepsKeys;
  }

  find(hash: string): AccountKey | undefined {
    const row = this.#find.get(hash);
    return row && keyOf(row);
  }

  spent(key: string, month: string): number {
    const row = this.#spent.get(storable(key), month);
    return Number(row?.['spent'] ?? 0) + this.#batch.spentBy(key, month);
  }

  settle(settlement: Settlement): void {
    this.#batch.add(settlement);
    this.#writeIn(WAIT_MS);
  }

  #writeIn(milliseconds: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writeOn();
    }, milliseconds);
    this.#timer.unref();
  }

  /** Writes without waiting for the disk, which would hold up the requests that run; it is asked right after. */
  #writeOn(): void {
    if (!this.#sync?.works) {
      this.#write();
      return;
    }
    this.#database.exec('PRAGMA synchronous = NORMAL');
    try {
      this.#write();
    } finally {
      this.#database.exec('PRAGMA synchronous = FULL');
    }
    this.#sync.start();
  }

  #write(): void {
    const batch = this.#batch;
    if (batch.count === 0) return;
    try {
      inTransaction(this.#database, () => this.#add(batch));
      this.#batch = new Batch();
      this.#isTold = false;
    } catch (error) {
      // It is added up with what comes, and so takes no more room.
      this.#cannotWrite((error as Error).message);
      this.#writeIn(RETRY_MS);
    }
  }

  #cannotWrite(message: string): void {
    if (!this.#isTold) this.#tell(`What requests took cannot be written to ${this.#path}: ${message}.`);
    this.#isTold = true;
  }

  async addKey(key: AccountKey): Promise<void> {
    checkKey(key);
    const { changes } = this.#database
      .prepare(
        `INSERT OR IGNORE INTO keys (hash, id, models, requests_per_minute, tokens_per_minute, monthly_budget, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        key.hash,
        key.id,
        key.models ? JSON.stringify(key.models) : null,
        key.requestsPerMinute ?? null,
        key.tokensPerMinute ?? null,
        key.monthlyBudget === undefined ? null : nanoDollars(key.monthlyBudget),
        Date.now(),
      ) as { changes: number | bigint };
    if (Number(changes) === 0) throw keyInUse(key.id);
  }

  async keys(): Promise<KeptKey[]> {
    return this.#database
      .prepare('SELECT * FROM keys ORDER BY id, created_at')
      .all()
      .map((row) => ({
        ...keyOf(row),
        createdAt: Number(row['created_at']),
        ...(row['revoked_at'] !== null && { revokedAt: Number(row['revoked_at']) }),
      }));
  }

  async changeKey(id: string, changes: KeyChanges): Promise<boolean> {
    checkKey({ id, hash: '0'.repeat(64), ...changes });
    const { models, monthlyBudget: budget } = changes;
    const values = {
      models: models && JSON.stringify(models),
      requests_per_minute: changes.requestsPerMinute,
      tokens_per_minute: changes.tokensPerMinute,
      monthly_budget: typeof budget === 'number' ? nanoDollars(budget) : budget,
    };
    const given = Object.entries(values).filter(
      (entry): entry is [string, string | number | null] => entry[1] !== undefined,
    );
    const sets = ['hash = hash', ...given.map(([name]) => `${name} = ?`)].join(', ');
    const { changes: changed } = this.#database
      .prepare(`UPDATE keys SET ${sets} WHERE id = ? AND revoked_at IS NULL`)
      .run(...given.map(([, value]) => value), id) as { changes: number | bigint };
    return Number(changed) === 1;
  }

  async revokeKey(id: string, now: number): Promise<boolean> {
    const { changes } = this.#database
      .prepare('UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL')
      .run(now, id) as { changes: number | bigint };
    return Number(changes) === 1;
  }

  async usage(month: string): Promise<UsageRow[]> {
    this.#write();
    const from = Date.parse(`${month}-01T00:00:00Z`);
    const to = new Date(from).setUTCMonth(new Date(from).getUTCMonth() + 1);
    return this.#database
      .prepare('SELECT * FROM usage WHERE hour >= ? AND hour < ? ORDER BY hour, key, model, upstream')
      .all(from, to)
      .map((row) => ({
        hour: Number(row['hour']),
        key: String(row['key']),
        model: String(row['model']),
        upstream: String(row['upstream']),
        requests: Number(row['requests']),
        inputTokens: Number(row['input_tokens']),
        cachedInputTokens: Number(row['cached_input_tokens']),
        outputTokens: Number(row['output_tokens']),
        cost: Number(row['cost']) / 1e9,
        estimated: Number(row['estimated']),
      }));
  }

  async spentOf(month: string): Promise<Map<string, number>> {
    const rows = this.#database
      .prepare('SELECT key, spent FROM spent WHERE month = ? ORDER BY key')
      .all(month);
    return new Map(rows.map((row) => [String(row['key']), Number(row['spent']) / 1e9]));
  }

  secret(name: string, make: () => string): string {
    this.#database.prepare('INSERT OR IGNORE INTO secrets (name, value) VALUES (?, ?)').run(name, make());
    return String(this.#database.prepare('SELECT value FROM secrets WHERE name = ?').get(name)!['value']);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#write();
    clearTimeout(this.#timer);
    this.#sync?.close();
    this.#database.close();
  }
}

function keyOf(row: Row): AccountKey {
  const models = row['models'];
  return keyOfRow({
    hash: String(row['hash']),
    id: String(row['id']),
    models: typeof models === 'string' ? (JSON.parse(models) as string[]) : null,
    requests_per_minute: row['requests_per_minute'] as number | null,
    tokens_per_minute: row['tokens_per_minute'] as number | null,
    monthly_budget: row['monthly_budget'] as number | null,
  });
}
