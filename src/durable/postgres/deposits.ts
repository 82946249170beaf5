import type { ClientBase } from 'pg';
import { PerigeeError, type QueuedMessage } from '../../core/index.ts';
import type { Database } from './database.ts';
import { wakeChannel } from './wakes.ts';

/** A session by its row. */
interface SessionRef {
  readonly id: string;
  readonly name: string;
}

/**
 * Puts messages in line, within the transaction of `client`; one with a `key` that is known already is the same one. Throws
 * `session-not-found`.
 */
export async function depositMessages(
  client: ClientBase,
  database: Database,
  session: SessionRef,
  messages: readonly { readonly key: string; readonly text: string }[],
  when: QueuedMessage['when'],
): Promise<void> {
  const { schema } = database;
  await lock(client, database, session);
  for (const { key, text } of messages) {
    await client.query(
      `WITH taken AS (UPDATE ${schema}.sessions SET queued = queued + 1 WHERE id = $1
         AND NOT EXISTS (SELECT FROM ${schema}.queued WHERE session = $1 AND key = $3) RETURNING queued)
       INSERT INTO ${schema}.queued (session, number, at, key, "when", message)
       SELECT $1, queued, $2, $3, $4, $5 FROM taken`,
      [session.id, Date.now(), key, when, text],
    );
  }
  await tell(client, database, session);
}

/**
 * Delivers a value for whoever waits for it, within the transaction of `client`. False: there was one already, from somebody else
 * than `key`. Throws `session-not-found`.
 */
export async function depositValue(
  client: ClientBase,
  database: Database,
  session: SessionRef,
  value: { readonly key: string; readonly name: string; readonly text: string },
): Promise<boolean> {
  const { schema } = database;
  await lock(client, database, session);
  const { rows } = await client.query<{ key: string | null }>(
    `SELECT key FROM ${schema}.delivered WHERE session = $1 AND name = $2
     UNION ALL SELECT NULL FROM ${schema}.records WHERE session = $1 AND name = $2`,
    [session.id, value.name],
  );
  if (rows.length > 0) return rows.some(({ key }) => key === value.key);
  await client.query(
    `INSERT INTO ${schema}.delivered (session, name, at, key, value) VALUES ($1, $2, $3, $4, $5)`,
    [session.id, value.name, Date.now(), value.key, value.text],
  );
  await tell(client, database, session);
  return true;
}

/** By a statement of its own: what the owner or somebody else writes meanwhile is seen by the next one. */
async function lock(client: ClientBase, database: Database, { id, name }: SessionRef): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM ${database.schema}.sessions WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (rowCount === 0) throw notFound(name, database);
}

/** Whoever works on the session hears of it with the commit, and whoever watches it. */
async function tell(client: ClientBase, database: Database, { id }: SessionRef): Promise<void> {
  await client.query('SELECT pg_notify($1, $2), pg_notify($1, $3)', [
    wakeChannel(database),
    `in ${id}`,
    `out ${id}`,
  ]);
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
