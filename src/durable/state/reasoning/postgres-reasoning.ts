import type { ReasoningRow, SharedReasoning } from '../../../core/index.ts';
import type { Queries } from '../queries.ts';

const COLUMNS = 3;

/**
 * Reasoning in Postgres. What a crash of the server takes of the last moments is only missed by clients that drop reasoning and go on
 * at another replica, so nobody waits for the disk.
 */
export function postgresReasoning(
  database: Queries,
  { keepMs, unclear }: { readonly keepMs: number; readonly unclear: (keys: readonly string[]) => void },
): SharedReasoning {
  const table = `${database.schema}.gateway_reasoning`;
  return {
    async put(rows) {
      const { rows: found } = await database.query<{ key: string }>(
        putText(table, rows.length),
        [...rows.flatMap(({ key, digest, body }: ReasoningRow) => [key, digest, body]), keepMs / 1000],
        rows.reduce((sum, { body }) => sum + body.length, 0),
      );
      const keys = found.map(({ key }) => key);
      if (keys.length > 0) unclear(keys);
      return keys;
    },
    async find(keys) {
      const { rows } = await database.query<{ key: string; body: Buffer | null }>(
        `SELECT key, body FROM ${table} WHERE key = ANY($1::text[]) AND expires_at > now()`,
        [keys],
      );
      return new Map(rows.map(({ key, body }) => [key, body ?? ('unclear' as const)]));
    },
  };
}

/** Gives the keys that are unclear now. The rows of a statement have different keys. */
function putText(table: string, count: number): string {
  const rows = Array.from({ length: count }, (_, row) => {
    const at = row * COLUMNS;
    return `($${at + 1}::text, $${at + 2}::text, $${at + 3}::bytea)`;
  });
  return `
    WITH lazily AS (SELECT set_config('synchronous_commit', 'off', true)),
    given (key, digest, body) AS (VALUES ${rows.join(', ')}),
    written AS (
      INSERT INTO ${table} AS old (key, digest, body, expires_at)
      SELECT key, digest, body, now() + make_interval(secs => $${count * COLUMNS + 1}) FROM given, lazily ORDER BY key
      ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at,
        body = CASE WHEN old.expires_at < now() OR (old.digest = excluded.digest AND old.body IS NOT NULL)
          THEN excluded.body END
      RETURNING key, body)
    SELECT key FROM written WHERE body IS NULL`;
}
