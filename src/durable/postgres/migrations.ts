import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { PerigeeError } from '../../core/index.ts';
import { inTransaction } from './transaction.ts';

/**
 * One change of the tables. Two versions of the program work on one database while replicas are exchanged, so a change only
 * adds: what an earlier version reads stays, and means the same, until no release that is in use reads it.
 */
export interface Migration {
  /** Its number; never given twice. */
  readonly version: number;
  readonly name: string;
  /** `schema` is quoted. */
  readonly sql: (schema: string) => string;
  /**
   * The first migration that a program must know to work beside this one; default: none, since nothing is taken away. A program
   * that does not know it refuses to work.
   */
  readonly needs?: number;
}

/**
 * Milliseconds for which a change waits for a table. Whoever comes later waits behind it, so it gives way soon, and before the server
 * finds that it and others wait for each other (`deadlock_timeout`, a second) and ends one of them.
 */
const LOCK_MS = 500;
/** Milliseconds for which it is tried again. */
const PATIENCE_MS = 60_000;
const AGAIN_MS = 200;

/** SQLSTATE codes that mean that somebody was in the way: a lock that was not had in time, a deadlock. */
const IN_THE_WAY: ReadonlySet<unknown> = new Set(['55P03', '40P01']);

/**
 * Brings tables up to date, in one transaction, while everybody else who would do the same waits. Whoever works on the tables
 * meanwhile is held up for no more than a moment at a time. Tables that are up to date are only looked at: nobody waits then,
 * and no right to make any is needed.
 *
 * @internal Its types are those of the driver, which not everybody installs.
 */
export async function migrate(
  client: ClientBase,
  schema: string,
  migrations: readonly Migration[],
): Promise<void> {
  const before = await appliedTo(client, schema, migrations);
  if (migrations.every(({ version }) => before.has(version))) return;
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await migrateOnce(client, schema, migrations);
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (!IN_THE_WAY.has(code) || performance.now() > end) throw error;
    }
    await delay(AGAIN_MS * (1 + Math.random()));
  }
}

async function migrateOnce(
  client: ClientBase,
  schema: string,
  migrations: readonly Migration[],
): Promise<void> {
  await inTransaction(client, async () => {
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('perigee migrations ' || $1, 0))", [
      schema,
    ]);
    // Not before: those who would do the same are waited for however long they take.
    await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
    // Whoever may not make schemas may have been given one.
    if (!(await isThere(client, 'to_regnamespace', schema))) await client.query(`CREATE SCHEMA ${schema}`);
    if (!(await isThere(client, 'to_regclass', `${schema}.migrations`))) {
      await client.query(`CREATE TABLE ${schema}.migrations (
        version integer PRIMARY KEY, name text NOT NULL, needs integer, applied_at timestamptz NOT NULL DEFAULT now())`);
    }
    const applied = await appliedTo(client, schema, migrations);
    for (const { version, name, sql, needs } of migrations) {
      if (applied.has(version)) continue;
      await client.query(sql(schema));
      await client.query(`INSERT INTO ${schema}.migrations (version, name, needs) VALUES ($1, $2, $3)`, [
        version,
        name,
        needs ?? null,
      ]);
    }
  });
}

/** The versions of the changes that were made. Throws `database-invalid` where one of them is of no use to this program. */
async function appliedTo(
  client: ClientBase,
  schema: string,
  migrations: readonly Migration[],
): Promise<ReadonlySet<number>> {
  if (!(await isThere(client, 'to_regclass', `${schema}.migrations`))) return new Set();
  const { rows } = await client.query<{ version: number; needs: number | null }>(
    `SELECT version, needs FROM ${schema}.migrations`,
  );
  const latest = Math.max(0, ...migrations.map(({ version }) => version));
  const tooNew = rows.find(({ needs }) => needs !== null && needs > latest);
  if (tooNew) throw laterVersion(tooNew.version, latest);
  return new Set(rows.map(({ version }) => version));
}

async function isThere(client: ClientBase, lookUp: 'to_regnamespace' | 'to_regclass', name: string) {
  const { rows } = await client.query<{ found: boolean }>(`SELECT ${lookUp}($1) IS NOT NULL AS found`, [
    name,
  ]);
  return rows[0]?.found === true;
}

function laterVersion(version: number, latest: number): PerigeeError {
  return new PerigeeError(
    'database-invalid',
    `The database was brought to version ${version} by a later Perigee, which this one (${latest}) cannot work beside. Nothing was changed.`,
    { remedy: 'Upgrade Perigee.' },
  );
}
