import { PerigeeError } from '../../core/index.ts';
import type { ListedSession } from '../listed-session.ts';
import { checkSessionName } from '../session-name.ts';
import { readTally, summaryOf, type Tally } from '../tally.ts';
import type { Askable } from './ask-session.ts';
import { deadOf } from './held-process.ts';
import { readOwner, talliedAnew } from './ownership.ts';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly owner: string | null;
  readonly owner_info: string | null;
  readonly created_at: number;
  readonly forked_from: string | null;
  readonly queued: number;
  readonly tally: string | null;
}

/** All sessions, in the order of the alphabet, with as many questions for thousands as for one. */
export async function listSessions({ database, process }: Askable): Promise<ListedSession[]> {
  const { rows } = await database.query<Row>(
    `SELECT id::text, name, owner, owner_info, created_at::float8 AS created_at, forked_from, queued, tally
     FROM ${database.schema}.sessions ORDER BY name`,
  );
  // Few processes own many sessions.
  const dead = await deadOf(
    process,
    rows.flatMap(({ owner }) => owner ?? []),
  );
  const delivered = await approvalsDelivered({ database }, rows);
  const list: ListedSession[] = [];
  for (const row of rows) {
    try {
      checkSessionName(row.name);
      const tally = tallyOf(row) ?? (await talliedAnew(database, row.id));
      const { created_at: createdAt, forked_from, queued } = row;
      const summary = summaryOf(tally, {
        createdAt,
        queued,
        delivered: delivered.get(row.id) ?? [],
        ...(forked_from !== null && { forkedFrom: forked_from }),
      });
      const owner = row.owner !== null && !dead.has(row.owner) ? readOwner(row.owner_info) : undefined;
      list.push({ name: row.name, summary, ...(owner && { owner }) });
    } catch (error) {
      if (!(error instanceof PerigeeError) || error.code.startsWith('database-')) throw error;
      list.push({ name: row.name, problem: error });
    }
  }
  return list;
}

/** The answers that were delivered and are not on record, by session. */
async function approvalsDelivered({ database }: Pick<Askable, 'database'>, rows: readonly Row[]) {
  const waiting = rows.filter(({ tally }) => tally?.includes('/approval"')).map(({ id }) => id);
  const names = new Map<string, string[]>();
  if (waiting.length === 0) return names;
  const found = await database.query<{ session: string; name: string }>(
    `SELECT session::text, name FROM ${database.schema}.delivered
     WHERE session = ANY($1::bigint[]) AND name LIKE '%/approval'`,
    [waiting],
  );
  for (const { session, name } of found.rows) names.set(session, [...(names.get(session) ?? []), name]);
  return names;
}

function tallyOf({ name, tally }: Row): Tally | undefined {
  try {
    return readTally(tally);
  } catch (cause) {
    throw new PerigeeError('session-invalid', `What is kept of session "${name}" cannot be read.`, { cause });
  }
}
