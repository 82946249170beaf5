import type { PoolClient } from 'pg';
import { caseError, existsError, twiceError } from '../copy-entries.ts';
import { jsonText } from '../json-text.ts';
import type { SessionEntry } from '../session-entry.ts';
import { newToken } from '../sqlite/owner.ts';
import { NO_TALLY, tallied } from '../tally.ts';
import type { Database } from './database.ts';
import { findSession } from './ownership.ts';

/** Records in one statement at most, and characters after which no further one is begun. */
const BATCH_RECORDS = 500;
const BATCH_CHARACTERS = 4_000_000;

/** Makes a session of entries, in one transaction. */
export async function createSession(
  database: Database,
  name: string,
  entries: AsyncIterable<SessionEntry> | Iterable<SessionEntry>,
  forkedFrom?: string,
): Promise<void> {
  const found = await findSession(database, name);
  if (found) throw found.name === name ? existsError(name) : caseError(name, found.name);
  await database.transaction(async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `INSERT INTO ${database.schema}.sessions (name, created_at, forked_from) VALUES ($1, $2, $3)
       ON CONFLICT DO NOTHING RETURNING id::text`,
      [name, Date.now(), forkedFrom ?? null],
    );
    if (!rows[0]) throw existsError(name);
    const draft = new Draft(client, database.schema, rows[0].id);
    for await (const entry of entries) await draft.add(entry);
    await draft.end();
  });
}

class Draft {
  readonly #client: PoolClient;
  readonly #schema: string;
  readonly #id: string;
  readonly #names = new Set<string>();
  #rows: { readonly seq: number; readonly at: number; readonly name: string; readonly text: string }[] = [];
  #characters = 0;
  #seq = 0;
  #queued = 0;
  #tally = NO_TALLY;

  constructor(client: PoolClient, schema: string, id: string) {
    this.#client = client;
    this.#schema = schema;
    this.#id = id;
  }

  async add(entry: SessionEntry): Promise<void> {
    if ('queued' in entry) {
      const { at, when, message } = entry.queued;
      await this.#client.query(
        `INSERT INTO ${this.#schema}.queued (session, number, at, key, "when", message) VALUES ($1, $2, $3, $4, $5, $6)`,
        [this.#id, ++this.#queued, at, newToken(), when, jsonText(message, 'A message')],
      );
    } else if ('delivered' in entry) {
      const { name, at, value } = entry.delivered;
      await this.#client.query(
        `INSERT INTO ${this.#schema}.delivered (session, name, at, key, value) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING`,
        [this.#id, name, at, newToken(), jsonText(value, `"${name}"`)],
      );
    } else {
      const { name, at, value } = entry;
      if (this.#names.has(name)) throw twiceError(name);
      this.#names.add(name);
      const text = jsonText(value, `"${name}"`);
      this.#tally = tallied(this.#tally, name, at, value);
      this.#rows.push({ seq: ++this.#seq, at, name, text });
      this.#characters += text.length;
      if (this.#rows.length >= BATCH_RECORDS || this.#characters > BATCH_CHARACTERS) await this.#flush();
    }
  }

  async end(): Promise<void> {
    await this.#flush();
    await this.#client.query(
      `UPDATE ${this.#schema}.sessions SET last_seq = $2, last_at = $3, queued = $4, tally = $5 WHERE id = $1`,
      [this.#id, this.#seq, this.#tally.lastAt ?? null, this.#queued, JSON.stringify(this.#tally)],
    );
  }

  async #flush(): Promise<void> {
    const rows = this.#rows;
    if (rows.length === 0) return;
    this.#rows = [];
    this.#characters = 0;
    await this.#client.query(
      `INSERT INTO ${this.#schema}.records (session, seq, at, name, value)
       SELECT $1, r.* FROM unnest($2::int[], $3::bigint[], $4::text[], $5::text[]) AS r (seq, at, name, value)`,
      [
        this.#id,
        rows.map(({ seq }) => seq),
        rows.map(({ at }) => at),
        rows.map(({ name }) => name),
        rows.map(({ text }) => text),
      ],
    );
  }
}
