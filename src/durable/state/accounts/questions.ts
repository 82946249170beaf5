import type { QueryResultRow } from 'pg';
import { type AccountKey, type Asked, monthOf, nanoDollars, type Verdict } from '../../../core/index.ts';
import type { Database } from '../../postgres/database.ts';
import { databaseError, isAway } from '../../postgres/database-error.ts';
import { type KeyRow, keyOfRow } from './key-row.ts';
import type { SealedBatch } from './outbox.ts';
import { storable } from './storable.ts';

/** Milliseconds after which tokens say nothing of the last minute any more. */
const MINUTE_MS = 60_000;

const TOOK_TOO_LONG = /timeout/i;

/** What the database says of a request. */
export interface AdmitAnswer {
  readonly verdict: Verdict;
  readonly key: AccountKey;
  /** Billionths of a dollar of the month's budget; undefined where there is none. */
  readonly spent?: number;
  /** Billionths of a dollar that are held for it now. */
  readonly held: number;
}

interface AdmitRow extends QueryResultRow, Omit<KeyRow, 'hash'> {
  readonly verdict: 'admitted' | 'unknown' | 'forbidden' | 'spent' | 'held' | 'requests' | 'tokens';
  readonly wait_ms: number | null;
  readonly spent_so_far: string | null;
}

/** What a replica asks the database: each is one statement, whole or not at all. */
export class Questions {
  readonly #database: Database;
  readonly #replica: string;
  readonly #timeoutMs: number;
  readonly #now: (() => number) | undefined;

  constructor(database: Database, replica: string, timeoutMs: number, now: (() => number) | undefined) {
    this.#database = database;
    this.#replica = replica;
    this.#timeoutMs = timeoutMs;
    this.#now = now;
  }

  async #ask<R extends QueryResultRow>(call: string, values: unknown[]): Promise<R[]> {
    const { pool, schema, where } = this.#database;
    // A connection that does not answer is given up with its question, so that the pool gets another one. Nobody waits that long.
    const query = { text: call.replaceAll('$schema', schema), values, query_timeout: this.#timeoutMs * 2 };
    try {
      return (await pool.query<R>(query)).rows;
    } catch (first) {
      // A connection that broke says nothing of the server. Asked again nothing counts twice, but for a rate, on the safe side.
      if (!isAway(first) || TOOK_TOO_LONG.test((first as Error).message)) throw databaseError(first, where);
    }
    try {
      return (await pool.query<R>(query)).rows;
    } catch (error) {
      throw databaseError(error, where);
    }
  }

  #seconds(): number | null {
    return this.#now === undefined ? null : this.#now() / 1000;
  }

  async find(hash: string): Promise<AccountKey | undefined> {
    const [row] = await this.#ask<KeyRow>(
      'SELECT hash, id, models, requests_per_minute, tokens_per_minute, monthly_budget FROM $schema.accounts_keys WHERE hash = $1 AND revoked_at IS NULL',
      [hash],
    );
    return row && keyOfRow(row);
  }

  async admit({ request, key, kept, model, most, now }: Asked): Promise<AdmitAnswer> {
    const { requestsPerMinute = null, tokensPerMinute = null, monthlyBudget } = key;
    const budget = monthlyBudget === undefined ? null : nanoDollars(monthlyBudget);
    const held = Math.max(0, nanoDollars(most));
    const [row] = await this.#ask<AdmitRow>(
      'SELECT * FROM $schema.accounts_admit_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
      [
        request,
        this.#replica,
        storable(key.id),
        kept ? key.hash : null,
        // Postgres keeps no NUL, so no key has such a model.
        model?.replaceAll('\0', '\ufffd') ?? null,
        monthOf(now),
        held,
        requestsPerMinute,
        tokensPerMinute,
        budget,
        this.#seconds(),
      ],
    );
    const current = kept && row!.verdict !== 'unknown' ? keyOfRow({ ...row!, hash: key.hash }) : key;
    const { spent_so_far: spent } = row!;
    const verdict = verdictOf(row!, current);
    const holds = verdict.is === 'admitted' && current.monthlyBudget !== undefined;
    return {
      verdict,
      key: current,
      held: holds ? held : 0,
      ...(spent !== null && { spent: Number(spent) }),
    };
  }

  async settle({ id, batch, released }: SealedBatch): Promise<void> {
    const rows = [...batch.usage.values()];
    const spent = [...batch.spent.values()];
    const isLate = (this.#now?.() ?? Date.now()) - batch.lastAt > MINUTE_MS;
    const tokens = isLate ? [] : [...batch.tokens];
    await this.#ask(
      `SELECT $schema.accounts_settle_1(${Array.from({ length: 18 }, (_, i) => `$${i + 1}`).join(', ')})`,
      [
        id,
        released,
        rows.map(({ hour }) => hour / 1000),
        rows.map(({ key }) => key),
        rows.map(({ model }) => model),
        rows.map(({ upstream }) => upstream),
        rows.map(({ requests }) => requests),
        rows.map(({ inputTokens }) => inputTokens),
        rows.map(({ cachedInputTokens }) => cachedInputTokens),
        rows.map(({ outputTokens }) => outputTokens),
        rows.map(({ cost }) => cost),
        rows.map(({ estimated }) => estimated),
        spent.map(({ key }) => key),
        spent.map(({ month }) => month),
        spent.map(({ amount }) => amount),
        tokens.map(([key]) => key),
        tokens.map(([, amount]) => amount),
        this.#seconds(),
      ],
    );
  }

  /** A sign of life. `known`: the database had not forgotten this replica. `holds`: what it holds longer than a moment. */
  async beat(deadMs: number): Promise<{ known: boolean; holds: number; keepsKeys: boolean }> {
    const [row] = await this.#ask<{ known: boolean; holds: string; keeps_keys: boolean }>(
      'SELECT * FROM $schema.accounts_beat_1($1, $2)',
      [this.#replica, deadMs / 1000],
    );
    return { known: row!.known, holds: Number(row!.holds), keepsKeys: row!.keeps_keys };
  }

  /** Holds again what the database forgot. */
  async hold(holds: readonly { request: string; key: string; held: number }[]): Promise<void> {
    await this.#ask('SELECT $schema.accounts_hold_1($1, $2, $3, $4)', [
      this.#replica,
      holds.map(({ request }) => request),
      holds.map(({ key }) => storable(key)),
      holds.map(({ held }) => held),
    ]);
  }

  /** The requests for which this replica holds something longer than a moment. */
  async held(): Promise<string[]> {
    const rows = await this.#ask<{ request: string }>(
      "SELECT request FROM $schema.accounts_holds WHERE replica = $1 AND at < clock_timestamp() - interval '10 seconds'",
      [this.#replica],
    );
    return rows.map(({ request }) => request);
  }

  /** Takes leave: nothing is held any more. */
  async leave(): Promise<void> {
    await this.#ask(
      'SELECT $schema.accounts_release_1(array(SELECT request FROM $schema.accounts_holds WHERE replica = $1))',
      [this.#replica],
    );
    await this.#ask('DELETE FROM $schema.accounts_replicas WHERE id = $1', [this.#replica]);
  }
}

function verdictOf(row: AdmitRow, key: AccountKey): Verdict {
  const { verdict } = row;
  switch (verdict) {
    case 'admitted':
    case 'forbidden':
      return { is: verdict, key };
    case 'unknown':
      return { is: 'unknown' };
    case 'spent':
    case 'held':
      return { is: verdict, budget: key.monthlyBudget! };
    case 'requests':
    case 'tokens': {
      const limit = verdict === 'requests' ? key.requestsPerMinute! : key.tokensPerMinute!;
      return { is: 'limited', what: verdict, limit, retryAfterMs: row.wait_ms! };
    }
  }
}
