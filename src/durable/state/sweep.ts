import type { Queries } from './queries.ts';

/** Rows, or conversations, that are deleted at a time, so that nobody waits long for them. */
const BATCH = 500;

/**
 * Deletes what has expired, a batch at a time, unless another replica is at it. Conversations go as one, once nothing of them can
 * be asked for any more. Gives how many rows went.
 */
export async function sweep(database: Queries, batch = BATCH): Promise<number> {
  const { schema } = database;
  let total = 0;
  for (;;) {
    const removed = await database.transaction(async (client) => {
      const { rows } = await client.query<{ mine: boolean }>(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('perigee sweep ' || $1, 0)) AS mine",
        [schema],
      );
      if (!rows[0]?.mine) return 0;
      const reasoning = await client.query(
        `DELETE FROM ${schema}.gateway_reasoning WHERE key IN (
           SELECT key FROM ${schema}.gateway_reasoning WHERE expires_at < now() LIMIT $1 FOR UPDATE SKIP LOCKED)`,
        [batch],
      );
      const responses = await client.query(
        `DELETE FROM ${schema}.gateway_responses WHERE conversation IN (
           SELECT DISTINCT conversation FROM ${schema}.gateway_responses old WHERE expires_at < now() AND NOT EXISTS (
             SELECT 1 FROM ${schema}.gateway_responses live
             WHERE live.conversation = old.conversation AND live.expires_at >= now())
           LIMIT $1)`,
        [batch],
      );
      return (reasoning.rowCount ?? 0) + (responses.rowCount ?? 0);
    });
    total += removed;
    if (removed === 0) return total;
  }
}
