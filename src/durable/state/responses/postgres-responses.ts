import type { ResponseRow, ResponsesFound, ResponsesWanted, SharedResponses } from '../../../core/index.ts';
import type { Queries } from '../queries.ts';

/** Columns of a row that is given. */
const COLUMNS = 5;

interface FoundRow {
  readonly kind: 'answer' | 'conversation' | 'present';
  readonly key: string;
  readonly parent: string | null;
  readonly answer: Buffer | null;
  readonly items: Buffer | null;
  readonly messages: Buffer | null;
}

/**
 * Responses in Postgres: a row for each, which has what it added to the conversation and names the one before. A deleted one that
 * others were built on keeps nothing else. A conversation expires as one, when its last response does.
 */
export function postgresResponses(
  database: Queries,
  { keepMs, deleted }: { readonly keepMs: number; readonly deleted: (key: string) => void },
): SharedResponses {
  const table = `${database.schema}.gateway_responses`;
  const texts = { find: findText(table), remove: removeText(table) };
  return {
    async put(rows) {
      const values = rows.flatMap(({ key, parent, answer, items, messages }: ResponseRow) => [
        key,
        parent ?? null,
        answer,
        items,
        messages,
      ]);
      const bytes = rows.reduce(
        (sum, { answer, items, messages }) => sum + answer.length + items.length + messages.length,
        0,
      );
      const written = await database.query<{ key: string }>(
        putText(table, rows.length),
        [...values, keepMs / 1000],
        bytes,
      );
      const found = new Set(written.rows.map(({ key }) => key));
      return rows.flatMap(({ key }) => (found.has(key) ? [] : [key]));
    },
    async find(wanted: ResponsesWanted) {
      const { conversation, answers, present, bytes } = wanted;
      const { rows } = await database.query<FoundRow>(texts.find, [
        answers,
        conversation ?? null,
        present,
        bytes,
      ]);
      return foundIn(rows, conversation);
    },
    async show(key, part) {
      const { rows } = await database.query<{ body: Buffer }>(
        `SELECT ${part} AS body FROM ${table} WHERE key = $1 AND answer IS NOT NULL AND expires_at > now()`,
        [key],
      );
      return rows[0]?.body;
    },
    async delete(key) {
      const found = await database.transaction(async (client) => {
        // Held before anybody looks for what was built on it: whoever builds on it now waits, or was before us.
        const { rowCount } = await client.query(
          `UPDATE ${table} SET answer = NULL, items = NULL WHERE key = $1 AND answer IS NOT NULL AND expires_at > now()`,
          [key],
        );
        if (rowCount === 0) return false;
        let next: string | null | undefined = key;
        while (next !== null && next !== undefined) {
          await client.query(`SELECT 1 FROM ${table} WHERE key = $1 FOR UPDATE`, [next]);
          const removed: { rows: { parent: string | null }[] } = await client.query(texts.remove, [next]);
          next = removed.rows[0]?.parent;
        }
        return true;
      });
      if (found) deleted(key);
      return found;
    },
  };
}

function foundIn(rows: readonly FoundRow[], wanted: string | undefined): ResponsesFound {
  const answers = new Map<string, Uint8Array>();
  const present = new Set<string>();
  const chain: FoundRow[] = [];
  for (const row of rows) {
    if (row.kind === 'answer') answers.set(row.key, row.answer!);
    else if (row.kind === 'present') present.add(row.key);
    else chain.push(row);
  }
  const last = chain.find(({ key }) => key === wanted);
  // Where the oldest still names one before, some of it is gone or it is too large.
  if (!last?.answer || !last.items || chain.at(-1)?.parent !== null) return { answers, present };
  const messages = chain.map(({ key, messages: body }) => ({ key, body: body! })).reverse();
  return { answers, present, conversation: { answer: last.answer, items: last.items, messages } };
}

/** What is there already counts as written. */
function putText(table: string, count: number): string {
  const rows = Array.from({ length: count }, (_, row) => {
    const at = row * COLUMNS;
    return `($${at + 1}::text, $${at + 2}::text, $${at + 3}::bytea, $${at + 4}::bytea, $${at + 5}::bytea)`;
  });
  return `
    WITH given (key, parent, answer, items, messages) AS (VALUES ${rows.join(', ')}),
    held AS (
      SELECT key, conversation FROM ${table} WHERE key IN (SELECT parent FROM given) FOR KEY SHARE),
    whole AS (
      SELECT given.*, coalesce(held.conversation, given.key) AS conversation
      FROM given LEFT JOIN held ON held.key = given.parent WHERE given.parent IS NULL OR held.key IS NOT NULL),
    written AS (
      INSERT INTO ${table} (key, parent, conversation, answer, items, messages, expires_at)
      SELECT key, parent, conversation, answer, items, messages, now() + make_interval(secs => $${count * COLUMNS + 1})
      FROM whole ORDER BY key ON CONFLICT (key) DO NOTHING)
    SELECT key FROM whole`;
}

/** $1 answers, $2 the conversation, $3 those that may be there, $4 bytes. */
function findText(table: string): string {
  return `
    WITH RECURSIVE
    sized AS (
      SELECT key, sum(octet_length(answer)) OVER (ORDER BY key) AS size
      FROM ${table} WHERE key = ANY($1::text[]) AND answer IS NOT NULL AND expires_at > now()),
    chain (key, parent, depth, size) AS (
      SELECT key, parent, 0, octet_length(messages)::bigint
      FROM ${table} WHERE key = $2::text AND answer IS NOT NULL AND expires_at > now()
      UNION ALL
      SELECT before.key, before.parent, chain.depth + 1, chain.size + octet_length(before.messages)
      FROM chain JOIN ${table} before ON before.key = chain.parent WHERE chain.size <= $4::bigint)
    SELECT 'answer' AS kind, key, NULL AS parent, answer, NULL::bytea AS items, NULL::bytea AS messages, 0 AS depth
    FROM ${table} JOIN sized USING (key) WHERE size <= $4::bigint
    UNION ALL
    SELECT 'conversation', key, chain.parent, CASE depth WHEN 0 THEN answer END, CASE depth WHEN 0 THEN items END,
      messages, depth
    FROM chain JOIN ${table} USING (key)
    UNION ALL
    SELECT 'present', key, NULL, NULL, NULL, NULL, 0
    FROM ${table} WHERE key = ANY($3::text[]) AND answer IS NOT NULL AND expires_at > now()
    ORDER BY depth`;
}

/** One that is deleted, if nothing was built on it. */
function removeText(table: string): string {
  return `
    DELETE FROM ${table} this WHERE key = $1 AND answer IS NULL
      AND NOT EXISTS (SELECT 1 FROM ${table} child WHERE child.parent = this.key)
    RETURNING parent`;
}
