import type { JournalRecord } from '../../core/index.ts';
import type { Database } from './database.ts';

/** Rows in one page at most, and characters after which no further one is begun. */
const PAGE_ROWS = 500;
const PAGE_CHARACTERS = 4_000_000;

/** A record as it stands in the database: `text` is the JSON of its value. */
export interface RecordRow {
  readonly seq: number;
  readonly at: number;
  readonly name: string;
  readonly text: string;
}

/** Records after number `seq`, oldest first; none means that there are no more. */
export async function recordPage(database: Database, session: string, seq: number): Promise<RecordRow[]> {
  // The size of a value is known without reading it.
  const { rows } = await database.query<RecordRow>(
    `SELECT seq, at::float8 AS at, name, value AS text FROM (
       SELECT seq, at, name, value, sum(octet_length(value)) OVER (ORDER BY seq) - octet_length(value) AS before
       FROM (SELECT * FROM ${database.schema}.records WHERE session = $1 AND seq > $2 ORDER BY seq LIMIT ${PAGE_ROWS}) r
     ) page WHERE before < ${PAGE_CHARACTERS} ORDER BY seq`,
    [session, seq],
  );
  return rows;
}

/** Events from number `from` on. */
export async function eventPage(
  database: Database,
  session: string,
  from: number,
): Promise<{ readonly number: number; readonly text: string }[]> {
  const { rows } = await database.query<{ number: number; text: string }>(
    `SELECT number, value AS text FROM (
       SELECT number, value, sum(octet_length(value)) OVER (ORDER BY number) - octet_length(value) AS before
       FROM (SELECT * FROM ${database.schema}.events WHERE session = $1 AND number >= $2 ORDER BY number LIMIT ${PAGE_ROWS}) e
     ) page WHERE before < ${PAGE_CHARACTERS} ORDER BY number`,
    [session, from],
  );
  return rows;
}

export function readRecord({ text, ...row }: RecordRow): JournalRecord {
  return { ...row, value: JSON.parse(text) as unknown };
}
