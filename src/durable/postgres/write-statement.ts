import type { Tally } from '../tally.ts';
import type { Database } from './database.ts';
import type { EventRow } from './event-buffer.ts';

/** A record on its way, with its place. */
export interface RecordDraft {
  readonly seq: number;
  readonly at: number;
  readonly name: string;
  readonly text: string;
}

/** What is written of one session at once: all of it, and only right behind what it has. */
export interface Portion {
  readonly session: string;
  readonly epoch: number;
  /** What the session has before and after. */
  readonly before: { readonly seq: number; readonly event: number };
  readonly after: { readonly seq: number; readonly event: number };
  readonly records: readonly RecordDraft[];
  readonly events: readonly EventRow[];
  /** The tally with these records. */
  readonly tally: Tally | undefined;
}

/** Milliseconds after which a statement without an answer is given up, and its connection with it. */
const ANSWER_MS = 30_000;

/**
 * One statement, so one round trip and one transaction. The row of each session is locked and compared first: of a session
 * that somebody else has taken over nothing is written.
 */
const sql = (schema: string) => `
  WITH portions AS (
    SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::bigint[], $8::text[])
      AS p (session, epoch, seq, event, last_seq, last_event, last_at, tally)
  ), held AS (
    UPDATE ${schema}.sessions s SET
      last_seq = p.last_seq, last_event = p.last_event,
      last_at = coalesce(p.last_at, s.last_at), tally = coalesce(p.tally, s.tally),
      abandoned = CASE WHEN p.last_seq > p.seq THEN 0 ELSE s.abandoned END
    FROM portions p
    WHERE s.id = p.session AND s.epoch = p.epoch AND s.last_seq = p.seq AND s.last_event = p.event
    RETURNING s.id
  ), recorded AS (
    INSERT INTO ${schema}.records (session, seq, at, name, value)
    SELECT r.* FROM unnest($9::bigint[], $10::int[], $11::bigint[], $12::text[], $13::text[])
      AS r (session, seq, at, name, value) JOIN held ON held.id = r.session
  ), told AS (
    INSERT INTO ${schema}.events (session, number, value)
    SELECT e.* FROM unnest($14::bigint[], $15::int[], $16::text[]) AS e (session, number, value)
      JOIN held ON held.id = e.session
  )
  SELECT id::text, CASE WHEN $17 THEN set_config('synchronous_commit', 'off', true) END FROM held`;

/**
 * Writes portions of different sessions. Gives the sessions of which it was written; the others were not where the portion
 * begins. `isSynced`: wait for the disk.
 */
export async function writePortions(
  database: Database,
  portions: readonly Portion[],
  isSynced: boolean,
): Promise<ReadonlySet<string>> {
  const records = portions.flatMap(({ session, records }) => records.map((row) => ({ session, ...row })));
  const events = portions.flatMap(({ session, events }) => events.map((row) => ({ session, ...row })));
  const question = {
    name: 'perigee-write',
    text: sql(database.schema),
    values: [
      portions.map(({ session }) => session),
      portions.map(({ epoch }) => epoch),
      portions.map(({ before }) => before.seq),
      portions.map(({ before }) => before.event),
      portions.map(({ after }) => after.seq),
      portions.map(({ after }) => after.event),
      portions.map(({ records }) => records.at(-1)?.at ?? null),
      portions.map(({ tally }) => (tally ? JSON.stringify(tally) : null)),
      records.map(({ session }) => session),
      records.map(({ seq }) => seq),
      records.map(({ at }) => at),
      records.map(({ name }) => name),
      records.map(({ text }) => text),
      events.map(({ session }) => session),
      events.map(({ number }) => number),
      events.map(({ text }) => text),
      !isSynced,
    ],
    query_timeout: ANSWER_MS,
  };
  return database.withClient(async (client) => {
    const { rows } = await client.query<{ id: string }>(question);
    return new Set(rows.map(({ id }) => id));
  });
}
