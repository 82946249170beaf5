import type { ClientBase } from 'pg';
import type { Message, QueuedMessage } from '../../core/index.ts';
import { jsonText } from '../json-text.ts';

/** What people say to a session, written in the transaction that decides what becomes of its run. */
export class Inbox {
  /** Quoted. */
  readonly #schema: string;

  constructor(schema: string) {
    this.#schema = schema;
  }

  /** Puts messages in line. What was put there under this key before is not put there again. */
  async queue(
    client: ClientBase,
    session: string,
    messages: readonly Message[],
    when: QueuedMessage['when'],
    key: string,
  ): Promise<void> {
    for (const [index, message] of messages.entries()) {
      await client.query(
        `WITH taken AS (UPDATE ${this.#schema}.sessions SET queued = queued + 1 WHERE id = $1 
           AND NOT EXISTS (SELECT FROM ${this.#schema}.queued WHERE session = $1 AND key = $3) RETURNING queued)
         INSERT INTO ${this.#schema}.queued (session, number, at, key, "when", message)
         SELECT $1, queued, $2, $3, $4, $5 FROM taken`,
        [session, Date.now(), `${key}/${index}`, when, jsonText(message, 'A message')],
      );
    }
    await this.#tell(client, session);
  }

  /** Delivers what is waited for under a name. The first one counts; it is known by its key when it is tried again. */
  async deliver(
    client: ClientBase,
    session: string,
    name: string,
    value: unknown,
    key: string,
  ): Promise<boolean> {
    const { rowCount } = await client.query(
      `INSERT INTO ${this.#schema}.delivered (session, name, at, key, value) SELECT $1, $2, $3, $4, $5
       WHERE NOT EXISTS (SELECT FROM ${this.#schema}.records WHERE session = $1 AND name = $2)
       ON CONFLICT (session, name) DO NOTHING`,
      [session, name, Date.now(), key, jsonText(value, `What is delivered as "${name}"`)],
    );
    await this.#tell(client, session);
    if (rowCount === 1) return true;
    const { rows } = await client.query<{ key: string }>(
      `SELECT key FROM ${this.#schema}.delivered WHERE session = $1 AND name = $2`,
      [session, name],
    );
    return rows[0]?.key === key;
  }

  /** Whether there are messages that nobody has read, when `seen` of them were. */
  async hasUnread(client: ClientBase, session: string, seen: number): Promise<boolean> {
    const { rows } = await client.query<{ queued: number }>(
      `SELECT queued FROM ${this.#schema}.sessions WHERE id = $1`,
      [session],
    );
    return (rows[0]?.queued ?? 0) > seen;
  }

  /**
   * What was to be said once the model has answered is due when it has: nobody but the next run reads it.
   */
  async isDueNow(client: ClientBase, session: string, seen: number): Promise<void> {
    await client.query(
      `UPDATE ${this.#schema}.queued SET "when" = 'now' WHERE session = $1 AND number > $2 AND "when" = 'after'`,
      [session, seen],
    );
  }

  /** Whoever works on the session hears of it with the commit. */
  async #tell(client: ClientBase, session: string): Promise<void> {
    const channel = `${this.#schema.replaceAll('"', '')}_sessions`;
    await client.query('SELECT pg_notify($1, $2), pg_notify($1, $3)', [
      channel,
      `in ${session}`,
      `out ${session}`,
    ]);
  }
}
