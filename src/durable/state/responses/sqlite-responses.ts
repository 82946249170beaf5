import type { ResponseRow, SharedResponses } from '../../../core/index.ts';
import type { StateFile } from '../sqlite-file.ts';

const SHOWN = 'answer IS NOT NULL AND expires_at >';

/** Responses in SQLite, in the same rows as in Postgres. */
export function sqliteResponses(file: StateFile, keepMs: number): SharedResponses {
  return {
    async put(rows) {
      return file.transaction(() => rows.flatMap((row) => (write(file, row, keepMs) ? [] : [row.key])));
    },
    async find({ conversation, answers, present, bytes }) {
      const now = Date.now();
      const found = new Map<string, Uint8Array>();
      let size = 0;
      for (const { key, answer } of withKeys(file, 'key, answer', answers, now)) {
        size += (answer as Uint8Array).length;
        if (size <= bytes) found.set(String(key), answer as Uint8Array);
      }
      const there = withKeys(file, 'key', present, now).map(({ key }) => String(key));
      const whole = conversation === undefined ? undefined : wholeOf(file, conversation, bytes, now);
      return { answers: found, present: new Set(there), ...(whole && { conversation: whole }) };
    },
    async show(key, part) {
      const [row] = file.rows(
        `SELECT ${part} AS body FROM gateway_responses WHERE key = ? AND ${SHOWN} ?`,
        key,
        Date.now(),
      );
      return row?.['body'] as Uint8Array | undefined;
    },
    async delete(key) {
      return file.transaction(() => remove(file, key));
    },
  };
}

function withKeys(file: StateFile, columns: string, keys: readonly string[], now: number) {
  if (keys.length === 0) return [];
  return file.rows(
    `SELECT ${columns} FROM gateway_responses WHERE key IN (SELECT value FROM json_each(?)) AND ${SHOWN} ?`,
    JSON.stringify(keys),
    now,
  );
}

/** False: the one before is not there. */
function write(file: StateFile, row: ResponseRow, keepMs: number): boolean {
  const { key, parent, answer, items, messages } = row;
  const before =
    parent === undefined
      ? { conversation: key }
      : file.rows('SELECT conversation FROM gateway_responses WHERE key = ?', parent)[0];
  if (!before) return false;
  file.run(
    'INSERT OR IGNORE INTO gateway_responses (key, parent, conversation, answer, items, messages, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    key,
    parent ?? null,
    String(before['conversation']),
    answer,
    items,
    messages,
    Date.now() + keepMs,
  );
  return true;
}

function wholeOf(file: StateFile, key: string, bytes: number, now: number) {
  const rows = file.rows(
    `WITH RECURSIVE chain (key, parent, depth, size) AS (
       SELECT key, parent, 0, length(messages) FROM gateway_responses WHERE key = ? AND ${SHOWN} ?
       UNION ALL
       SELECT before.key, before.parent, chain.depth + 1, chain.size + length(before.messages)
       FROM chain JOIN gateway_responses before ON before.key = chain.parent WHERE chain.size <= ?)
     SELECT chain.key, chain.parent, messages, CASE depth WHEN 0 THEN answer END AS answer,
       CASE depth WHEN 0 THEN items END AS items
     FROM chain JOIN gateway_responses USING (key) ORDER BY depth`,
    key,
    now,
    bytes,
  );
  const [last] = rows;
  // Where the oldest still names one before, some of it is gone or it is too large.
  if (!last || rows.at(-1)!['parent'] !== null) return undefined;
  return {
    answer: last['answer'] as Uint8Array,
    items: last['items'] as Uint8Array,
    messages: rows.map((row) => ({ key: String(row['key']), body: row['messages'] as Uint8Array })).reverse(),
  };
}

function remove(file: StateFile, key: string): boolean {
  const changed = file.run(
    `UPDATE gateway_responses SET answer = NULL, items = NULL WHERE key = ? AND ${SHOWN} ?`,
    key,
    Date.now(),
  );
  if (changed === 0) return false;
  let next: unknown = key;
  while (typeof next === 'string') {
    const [gone] = file.rows(
      `DELETE FROM gateway_responses WHERE key = ?1 AND answer IS NULL
         AND NOT EXISTS (SELECT 1 FROM gateway_responses WHERE parent = ?1) RETURNING parent`,
      next,
    );
    next = gone?.['parent'];
  }
  return true;
}
