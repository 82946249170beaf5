import { PerigeeError, type QueuedMessage } from '../../core/index.ts';
import type { Database } from './database.ts';

/** Where sessions are kept, and on which channel processes tell each other what is new. */
export interface Deposit {
  readonly database: Database;
  readonly channel: string;
}

/** Puts a message in line; with a `key` that is known already it is the same one. Throws `session-not-found`. */
export async function depositMessage(
  { database, channel }: Deposit,
  session: { readonly id: string; readonly name: string },
  message: { readonly key: string; readonly when: QueuedMessage['when']; readonly text: string },
): Promise<void> {
  const { schema } = database;
  await database.transaction(async (client) => {
    const { rows } = await client.query<{ queued: number }>(
      `SELECT queued FROM ${schema}.sessions WHERE id = $1 FOR NO KEY UPDATE`,
      [session.id],
    );
    if (!rows[0]) throw notFound(session.name, database);
    const { rowCount } = await client.query(
      `INSERT INTO ${schema}.queued (session, number, at, key, "when", message) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (session, key) DO NOTHING`,
      [session.id, rows[0].queued + 1, Date.now(), message.key, message.when, message.text],
    );
    if (rowCount === 0) return;
    await client.query(
      `WITH counted AS (UPDATE ${schema}.sessions SET queued = queued + 1 WHERE id = $1)
       SELECT pg_notify($2, $3), pg_notify($2, $4)`,
      [session.id, channel, `in ${session.id}`, `out ${session.id}`],
    );
  });
}

/**
 * Delivers a value for whoever waits for it. False: there was one already, from somebody else than `key`. Throws
 * `session-not-found`.
 */
export async function depositValue(
  { database, channel }: Deposit,
  session: { readonly id: string; readonly name: string },
  value: { readonly key: string; readonly name: string; readonly text: string },
): Promise<boolean> {
  const { schema } = database;
  return database.transaction(async (client) => {
    // Locked first, by a statement of its own: what the owner records meanwhile is seen by the next one.
    const { rowCount } = await client.query(
      `SELECT 1 FROM ${schema}.sessions WHERE id = $1 FOR NO KEY UPDATE`,
      [session.id],
    );
    if (rowCount === 0) throw notFound(session.name, database);
    const { rows } = await client.query<{ key: string | null }>(
      `SELECT key FROM ${schema}.delivered WHERE session = $1 AND name = $2
       UNION ALL SELECT NULL FROM ${schema}.records WHERE session = $1 AND name = $2`,
      [session.id, value.name],
    );
    if (rows.length > 0) return rows.some(({ key }) => key === value.key);
    await client.query(
      `WITH kept AS (INSERT INTO ${schema}.delivered (session, name, at, key, value) VALUES ($1, $2, $3, $4, $5))
       SELECT pg_notify($6, $7)`,
      [session.id, value.name, Date.now(), value.key, value.text, channel, `in ${session.id}`],
    );
    return true;
  });
}

/** Messages in line, from the `from`th on, counted from 0. */
export async function messagesFrom(
  database: Database,
  session: string,
  from: number,
): Promise<{ readonly at: number; readonly when: QueuedMessage['when']; readonly text: string }[]> {
  const { rows } = await database.query<{ at: number; when: QueuedMessage['when']; text: string }>(
    `SELECT at::float8 AS at, "when", message AS text FROM ${database.schema}.queued
     WHERE session = $1 AND number > $2 ORDER BY number`,
    [session, from],
  );
  return rows;
}

/** The error for a session that there is not. */
export function notFound(name: string, { where }: Database): PerigeeError {
  return new PerigeeError('session-not-found', `There is no session "${name}" in ${where}.`, {
    remedy: 'perigee sessions list  shows what there is; --database-url names another database.',
  });
}
