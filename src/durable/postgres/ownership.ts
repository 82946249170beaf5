import { hostname } from 'node:os';
import { isJsonObject, parseJsonObject } from '../../core/index.ts';
import { caseError } from '../copy-entries.ts';
import { busyError, ownCard, type SessionOwner, usedError } from '../sqlite/owner.ts';
import { NO_TALLY, readTally, type Tally, tallied } from '../tally.ts';
import type { Database } from './database.ts';
import { notFound } from './deposits.ts';
import type { HeldProcess } from './held-process.ts';
import { recordPage } from './pages.ts';
import type { SessionHead } from './session-writes.ts';
import { wakeChannel } from './wakes.ts';

/** Who works on a session, as it stands in the database. */
export interface OwnerRow {
  readonly owner: string | null;
  readonly owner_info: string | null;
  readonly epoch: number;
}

export interface TakenSession extends SessionHead {
  readonly abandoned: number;
}

/** Whose sessions they are to become. */
export interface Taker {
  readonly process: HeldProcess;
  readonly command: string | undefined;
  /** Whether this process has it open. What it has not open and is in its name was left by one of the same name that died. */
  has(session: string): boolean;
}

/**
 * Makes a session the one of this process, a new one if there is none. Throws `session-busy` where somebody who lives has it.
 * `id`: only the session that has it; throws `session-not-found` when that was removed.
 */
export async function takeSession(
  database: Database,
  name: string,
  taker: Taker,
  id?: string,
): Promise<TakenSession> {
  const { schema } = database;
  for (;;) {
    if (id === undefined) {
      await database.query(
        `INSERT INTO ${schema}.sessions (name, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
        [name, Date.now()],
      );
    }
    const found = await findSession(database, name);
    if (id !== undefined && found?.id !== id) throw notFound(name, database);
    // Removed in this moment.
    if (!found) continue;
    if (found.name !== name) throw caseError(name, found.name);
    await mustBeFree(name, found, taker);
    const { pid, host, since, command } = ownCard(taker.command, undefined, '');
    const { rows } = await database.query<TakenRow>(
      `UPDATE ${schema}.sessions SET owner = $2, owner_info = $3, epoch = epoch + 1, abandoned = abandoned + 1
       WHERE id = $1 AND epoch = $4 AND owner IS NOT DISTINCT FROM $5
       RETURNING id::text, epoch, abandoned - 1 AS abandoned, last_seq AS seq, last_event AS event, tally`,
      [found.id, taker.process.name, JSON.stringify({ pid, host, since, command }), found.epoch, found.owner],
    );
    // Somebody else was quicker.
    if (!rows[0]) continue;
    return { ...rows[0], tally: readTally(rows[0].tally) ?? (await talliedAnew(database, found.id)) };
  }
}

interface TakenRow {
  readonly id: string;
  readonly epoch: number;
  readonly abandoned: number;
  readonly seq: number;
  readonly event: number;
  readonly tally: string | null;
}

/** Throws `session-busy` that says who has a session. */
export async function mustBeFree(
  name: string,
  found: OwnerRow & { readonly id: string },
  taker: Taker,
): Promise<void> {
  if (found.owner === null) return;
  const isMine = found.owner === taker.process.name;
  const isTaken = isMine ? taker.has(found.id) : !(await taker.process.isDead(found.owner));
  if (isTaken) throw busyError(name, readOwner(found.owner_info));
}

/** The session that has a name, whatever the case of its letters. */
export async function findSession(
  database: Database,
  name: string,
): Promise<(OwnerRow & { readonly id: string; readonly name: string }) | undefined> {
  const { rows } = await database.query<OwnerRow & { id: string; name: string }>(
    `SELECT id::text, name, owner, owner_info, epoch FROM ${database.schema}.sessions WHERE lower(name) = lower($1)`,
    [name],
  );
  return rows[0];
}

/** How often a session was opened; undefined when it was removed. */
export async function epochOf(database: Database, id: string): Promise<number | undefined> {
  const { rows } = await database.query<{ epoch: number }>(
    `SELECT epoch FROM ${database.schema}.sessions WHERE id = $1`,
    [id],
  );
  return rows[0]?.epoch;
}

/** Lets others have a session. */
export async function leaveSession(
  database: Database,
  { id, epoch }: { readonly id: string; readonly epoch: number },
): Promise<void> {
  await database.query(
    `WITH freed AS (
       UPDATE ${database.schema}.sessions SET owner = NULL, owner_info = NULL, abandoned = 0
       WHERE id = $1 AND epoch = $2 RETURNING id
     ), unheard AS (
       UPDATE ${database.schema}.commands SET heard = false WHERE session = $1 AND epoch = $2 AND heard IS NULL
     ), forgotten AS (
       DELETE FROM ${database.schema}.commands WHERE session = $1 AND epoch < $2
     ) SELECT pg_notify($3, 'out ' || id) FROM freed`,
    [id, epoch, wakeChannel(database)],
  );
}

/** Removes a session that nobody has taken since it was found, with `idleSince` one that was not used since. Throws `session-busy`. */
export async function removeSession(
  database: Database,
  name: string,
  found: OwnerRow & { readonly id: string },
  idleSince?: number,
): Promise<void> {
  const { schema } = database;
  const at = [found.id, idleSince];
  await database.transaction(async (client) => {
    // As whoever starts a run does: first what becomes of the run, then the session.
    await client.query(`SELECT FROM ${schema}.runs WHERE session = $1 FOR UPDATE`, [found.id]);
    await client.query(`SELECT FROM ${schema}.sessions WHERE id = $1 FOR UPDATE`, [found.id]);
    if (idleSince !== undefined) {
      const { rows } = await client.query(
        `SELECT FROM ${schema}.runs WHERE session = $1
           AND (state IN ('queued', 'running', 'waiting') OR greatest(queued_at, ended_at) > $2)
         UNION ALL SELECT FROM ${schema}.queued WHERE session = $1 AND at > $2
         UNION ALL SELECT FROM ${schema}.delivered WHERE session = $1 AND at > $2`,
        at,
      );
      if (rows.length > 0) throw usedError(name);
    }
    const { rowCount } = await client.query(
      `DELETE FROM ${schema}.sessions WHERE id = $1 AND epoch = $3 AND owner IS NOT DISTINCT FROM $4
         AND ($2::bigint IS NULL OR greatest(created_at, last_at) <= $2)`,
      [...at, found.epoch, found.owner],
    );
    if (rowCount === 0) throw idleSince === undefined ? busyError(name, undefined) : usedError(name);
    for (const table of ['records', 'queued', 'delivered', 'commands', 'events', 'runs']) {
      await client.query(`DELETE FROM ${schema}.${table} WHERE session = $1`, [found.id]);
    }
  });
}

export function readOwner(text: string | null): SessionOwner | undefined {
  const card = text === null ? undefined : parseJsonObject(text);
  if (!isJsonObject(card)) return undefined;
  const { pid, host, since, command } = card;
  if (typeof pid !== 'number' || typeof since !== 'number') return undefined;
  return { pid, since, host: String(host ?? hostname()), command: String(command) };
}

/** From the records themselves: the one that was kept is of another version. */
export async function talliedAnew(database: Database, session: string): Promise<Tally> {
  let tally = NO_TALLY;
  for (let seq = 0; ; ) {
    const page = await recordPage(database, session, seq);
    for (const { name, at, text } of page) tally = tallied(tally, name, at, JSON.parse(text));
    const last = page.at(-1);
    if (!last) return tally;
    seq = last.seq;
  }
}
