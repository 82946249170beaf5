import type { SharedReasoning } from '../../../core/index.ts';
import type { StateFile } from '../sqlite-file.ts';

/** Reasoning in SQLite. */
export function sqliteReasoning(file: StateFile, keepMs: number): SharedReasoning {
  return {
    async put(rows) {
      return file.transaction(() => {
        const now = Date.now();
        for (const { key, digest, body } of rows) {
          file.run(
            `INSERT INTO gateway_reasoning AS old (key, digest, body, expires_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at,
               body = CASE WHEN old.expires_at < ?5 OR (old.digest = excluded.digest AND old.body IS NOT NULL)
                 THEN excluded.body END`,
            key,
            digest,
            body,
            now + keepMs,
            now,
          );
        }
        const keys = JSON.stringify(rows.map(({ key }) => key));
        const unclear = file.rows(
          'SELECT key FROM gateway_reasoning WHERE key IN (SELECT value FROM json_each(?)) AND body IS NULL',
          keys,
        );
        return unclear.map(({ key }) => String(key));
      });
    },
    async find(keys) {
      const rows = file.rows(
        'SELECT key, body FROM gateway_reasoning WHERE key IN (SELECT value FROM json_each(?)) AND expires_at > ?',
        JSON.stringify(keys),
        Date.now(),
      );
      return new Map(
        rows.map(({ key, body }) => [String(key), (body as Uint8Array | null) ?? ('unclear' as const)]),
      );
    },
  };
}
