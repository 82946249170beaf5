import type { QueryResultRow } from 'pg';
import {
  type AccountBooks,
  type AccountKey,
  type KeptKey,
  type KeyChanges,
  nanoDollars,
  type UsageRow,
} from '../../../core/index.ts';
import type { Database } from '../../postgres/database.ts';
import { checkKey, keyInUse } from './check-key.ts';
import { type KeyRow, keyOfRow } from './key-row.ts';

interface KeptRow extends QueryResultRow, KeyRow {
  readonly created: number;
  readonly revoked: number | null;
}

type SumRow = QueryResultRow & { readonly [column: string]: string };

/** The keys and the usage in a database, for whoever administers them. */
export function postgresBooks(database: Database): AccountBooks {
  return new PostgresBooks(database);
}

class PostgresBooks implements AccountBooks {
  readonly #database: Database;
  readonly #tables: string;

  constructor(database: Database) {
    this.#database = database;
    this.#tables = `${database.schema}.accounts`;
  }

  async addKey(key: AccountKey): Promise<void> {
    checkKey(key);
    const { rowCount } = await this.#database.query(
      `INSERT INTO ${this.#tables}_keys (hash, id, models, requests_per_minute, tokens_per_minute, monthly_budget, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp()) ON CONFLICT DO NOTHING`,
      [
        key.hash,
        key.id,
        key.models ?? null,
        key.requestsPerMinute ?? null,
        key.tokensPerMinute ?? null,
        key.monthlyBudget === undefined ? null : nanoDollars(key.monthlyBudget),
      ],
    );
    if (rowCount === 0) throw keyInUse(key.id);
  }

  async keys(): Promise<KeptKey[]> {
    const { rows } = await this.#database.query<KeptRow>(
      `SELECT hash, id, models, requests_per_minute, tokens_per_minute, monthly_budget,
         extract(epoch FROM created_at)::float8 * 1000 AS created, extract(epoch FROM revoked_at)::float8 * 1000 AS revoked
       FROM ${this.#tables}_keys ORDER BY id COLLATE "C", created_at`,
    );
    return rows.map((row) => ({
      ...keyOfRow(row),
      createdAt: Math.round(row.created),
      ...(row.revoked !== null && { revokedAt: Math.round(row.revoked) }),
    }));
  }

  async changeKey(id: string, changes: KeyChanges): Promise<boolean> {
    checkKey({ id, hash: '0'.repeat(64), ...changes });
    const { models, requestsPerMinute, tokensPerMinute, monthlyBudget } = changes;
    const columns: [string, unknown][] = [];
    if (models !== undefined) columns.push(['models', models]);
    if (requestsPerMinute !== undefined) columns.push(['requests_per_minute', requestsPerMinute]);
    if (tokensPerMinute !== undefined) columns.push(['tokens_per_minute', tokensPerMinute]);
    if (monthlyBudget !== undefined) {
      columns.push(['monthly_budget', monthlyBudget === null ? null : nanoDollars(monthlyBudget)]);
    }
    const sets = ['hash = hash', ...columns.map(([name], i) => `${name} = $${i + 2}`)].join(', ');
    const { rowCount } = await this.#database.query(
      `UPDATE ${this.#tables}_keys SET ${sets} WHERE id = $1 AND revoked_at IS NULL`,
      [id, ...columns.map(([, value]) => value)],
    );
    return rowCount === 1;
  }

  async revokeKey(id: string): Promise<boolean> {
    const { rowCount } = await this.#database.query(
      `UPDATE ${this.#tables}_keys SET revoked_at = clock_timestamp() WHERE id = $1 AND revoked_at IS NULL`,
      [id],
    );
    return rowCount === 1;
  }

  async usage(month: string): Promise<UsageRow[]> {
    const { rows } = await this.#database.query<SumRow>(
      `SELECT extract(epoch FROM hour)::bigint::text AS hour, key, model, upstream, requests, input_tokens,
         cached_input_tokens, output_tokens, cost, estimated FROM ${this.#tables}_usage
       WHERE hour >= $1::timestamptz AND hour < $1::timestamptz + interval '1 month'
       ORDER BY hour, key COLLATE "C", model COLLATE "C", upstream COLLATE "C"`,
      [`${month}-01T00:00:00Z`],
    );
    return rows.map((row) => ({
      hour: Number(row['hour']) * 1000,
      key: row['key']!,
      model: row['model']!,
      upstream: row['upstream']!,
      requests: Number(row['requests']),
      inputTokens: Number(row['input_tokens']),
      cachedInputTokens: Number(row['cached_input_tokens']),
      outputTokens: Number(row['output_tokens']),
      cost: Number(row['cost']) / 1e9,
      estimated: Number(row['estimated']),
    }));
  }

  async spentOf(month: string): Promise<Map<string, number>> {
    const { rows } = await this.#database.query<SumRow>(
      `SELECT key, spent FROM ${this.#tables}_spent WHERE month = $1 ORDER BY key COLLATE "C"`,
      [month],
    );
    return new Map(rows.map((row) => [row['key']!, Number(row['spent']) / 1e9]));
  }
}

/** A secret that all who open the database share: made by the first one. */
export async function sharedSecret(database: Database, name: string, make: () => string): Promise<string> {
  const table = `${database.schema}.accounts_secrets`;
  await database.query(`INSERT INTO ${table} (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [
    name,
    make(),
  ]);
  const { rows } = await database.query<{ value: string }>(`SELECT value FROM ${table} WHERE name = $1`, [
    name,
  ]);
  return rows[0]!.value;
}
