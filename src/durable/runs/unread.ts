import type { ClientBase } from 'pg';

/** Messages in the line of a session that nobody has read, when `seen` of them were. */
export interface Unread {
  /** Quoted. */
  readonly schema: string;
  readonly session: string;
  readonly seen: number;
}

export async function hasUnread(client: ClientBase, { schema, session, seen }: Unread): Promise<boolean> {
  const { rows } = await client.query<{ queued: number }>(
    `SELECT queued FROM ${schema}.sessions WHERE id = $1`,
    [session],
  );
  return (rows[0]?.queued ?? 0) > seen;
}

/** What was to be said once the model has answered is due when it has: nobody but the next run reads it. */
export async function areDueNow(client: ClientBase, { schema, session, seen }: Unread): Promise<void> {
  await client.query(
    `UPDATE ${schema}.queued SET "when" = 'now' WHERE session = $1 AND number > $2 AND "when" = 'after'`,
    [session, seen],
  );
}
