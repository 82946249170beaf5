import type { Database } from './database.ts';

/** Bytes of a row besides what it holds, about: its head, its numbers, its places in the indexes. */
const ROW_BYTES = 100;
/** Tables, and their columns in which the bytes are. */
const COLUMNS: readonly (readonly [table: string, column: string])[] = [
  ['records', 'value'],
  ['events', 'value'],
  ['queued', 'message'],
  ['delivered', 'value'],
  ['runs', 'task'],
];

/** How many bytes sessions take in the database, as they are stored there: what is long is compressed. By name. */
export async function sessionSizes(
  database: Database,
  names: readonly string[],
): Promise<Map<string, number>> {
  const { schema } = database;
  // What is kept elsewhere, since it is long, is not read for its size.
  const sums = COLUMNS.map(
    ([table, column]) =>
      `coalesce((SELECT sum(pg_column_size(${column}) + ${ROW_BYTES}) FROM ${schema}.${table} WHERE session = s.id), 0)`,
  );
  const { rows } = await database.query<{ name: string; bytes: number }>(
    `SELECT name, (${sums.join(' + ')})::float8 AS bytes FROM ${schema}.sessions s WHERE name = ANY($1::text[])`,
    [[...names]],
  );
  return new Map(rows.map(({ name, bytes }) => [name, bytes]));
}
