import { setTimeout as delay } from 'node:timers/promises';
import type { DeskRequest, SessionCommand } from '../sqlite/desk.ts';
import type { SessionOwner } from '../sqlite/owner.ts';
import { readTally, summaryOf } from '../tally.ts';
import type { Database } from './database.ts';
import { depositMessages, depositValue, messagesFrom, notFound } from './deposits.ts';
import type { HeldProcess } from './held-process.ts';
import { findSession, type OwnerRow, readOwner, talliedAnew } from './ownership.ts';
import { readRecord, recordPage } from './pages.ts';
import { ASK_PATIENCE_MS, patiently } from './patience.ts';
import { type Wakes, wakeChannel } from './wakes.ts';

/** Milliseconds after which is looked whether something came that nobody told. */
const LOOK_MS = 1_000;
/** Milliseconds in which an owner hears a command that is not stuck. */
const HEAR_MS = 5_000;

export interface Askable {
  readonly database: Database;
  readonly wakes: Wakes;
  readonly process: HeldProcess;
}

type Found = OwnerRow & { readonly id: string; readonly name: string };

/** Answers what is asked about a session. Throws `session-not-found`. */
export function askSession(
  at: Askable,
  name: string,
  request: DeskRequest,
  signal?: AbortSignal,
): Promise<unknown> {
  return patiently(ASK_PATIENCE_MS, () => answer(at, name, request, signal), signal);
}

async function answer(
  at: Askable,
  name: string,
  request: DeskRequest,
  signal?: AbortSignal,
): Promise<unknown> {
  const { database } = at;
  const session = await mustFind(database, name);
  switch (request.op) {
    case 'hello':
      return livingOwner(at, session);
    case 'summary':
      return summary(database, session);
    case 'page':
      return page(at, session, request.after, request.wait === true, signal);
    case 'inbox':
      return {
        queued: await messagesFrom(database, session.id, 0),
        delivered: await values(database, session.id),
      };
    case 'queue':
      return database.transaction((client) =>
        depositMessages(client, database, session, [request], request.when),
      );
    case 'deliver':
      return {
        first: await database.transaction((client) => depositValue(client, database, session, request)),
      };
    case 'command':
      return { reached: await command(at, session, request.command) };
    default:
      return request satisfies never;
  }
}

/** The session of this very name. */
export async function mustFind(database: Database, name: string): Promise<Found> {
  const found = await findSession(database, name);
  if (found?.name !== name) throw notFound(name, database);
  return found;
}

/** Who works on a session and lives. */
export async function livingOwner({ process }: Askable, session: Found): Promise<SessionOwner | undefined> {
  if (session.owner === null || (await process.isDead(session.owner))) return undefined;
  return readOwner(session.owner_info);
}

async function summary(database: Database, { id }: Found) {
  const { rows } = await database.query<{
    created_at: number;
    forked_from: string | null;
    queued: number;
    tally: string | null;
  }>(
    `SELECT created_at::float8 AS created_at, forked_from, queued, tally FROM ${database.schema}.sessions WHERE id = $1`,
    [id],
  );
  const row = rows[0] ?? { created_at: 0, forked_from: null, queued: 0, tally: null };
  const tally = readTally(row.tally) ?? (await talliedAnew(database, id));
  const asked = tally.asked.map(({ approval }) => approval);
  const delivered = asked.length === 0 ? [] : await deliveredOf(database, id, asked);
  const { created_at: createdAt, forked_from, queued } = row;
  return summaryOf(tally, {
    createdAt,
    queued,
    delivered,
    ...(forked_from !== null && { forkedFrom: forked_from }),
  });
}

async function deliveredOf(database: Database, session: string, names: string[]): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `SELECT name FROM ${database.schema}.delivered WHERE session = $1 AND name = ANY($2::text[])`,
    [session, names],
  );
  return rows.map(({ name }) => name);
}

async function values(database: Database, session: string) {
  const { rows } = await database.query<{ at: number; name: string; text: string }>(
    `SELECT at::float8 AS at, name, value AS text FROM ${database.schema}.delivered WHERE session = $1 ORDER BY at, name`,
    [session],
  );
  return rows;
}

async function page(at: Askable, { id }: Found, after: number, waits: boolean, signal?: AbortSignal) {
  const growth = waits ? nextGrowth(at.wakes, id, signal) : undefined;
  try {
    const rows = await recordPage(at.database, id, after);
    if (rows.length > 0 || !growth) return rows.map(readRecord);
    await growth.come;
    return (await recordPage(at.database, id, after)).map(readRecord);
  } finally {
    growth?.end();
  }
}

/** Comes when something is told of a session, and after a while in case it was lost; listens before it is looked. */
export function nextGrowth(wakes: Wakes, session: string, signal?: AbortSignal) {
  const letGo = wakes.connection.hold();
  let come = () => {};
  const told = new Promise<void>((resolve) => {
    come = resolve;
  });
  const stop = wakes.listen('out', session, come);
  const late = setTimeout(come, LOOK_MS);
  signal?.addEventListener('abort', come, { once: true });
  if (signal?.aborted) come();
  return {
    come: told,
    end() {
      stop();
      letGo();
      clearTimeout(late);
      signal?.removeEventListener('abort', come);
    },
  };
}

/** Whether the owner heard it. */
async function command(at: Askable, session: Found, said: SessionCommand): Promise<boolean> {
  const { database, wakes } = at;
  if (!(await livingOwner(at, session))) return false;
  const growing = wakes.connection.hold();
  let wake = () => {};
  const stop = wakes.listen('out', session.id, () => wake());
  try {
    const { rows } = await database.query<{ id: string }>(
      `WITH said AS (
         INSERT INTO ${database.schema}.commands (session, epoch, command) VALUES ($1, $2, $3) RETURNING id
       ) SELECT id::text, pg_notify($4, $5) FROM said`,
      [session.id, session.epoch, said, wakeChannel(database), `in ${session.id}`],
    );
    const id = rows[0]!.id;
    for (const end = performance.now() + HEAR_MS; performance.now() < end; ) {
      const told = new Promise<void>((resolve) => (wake = resolve));
      const heard = await takeBack(database, id, 'heard IS NOT NULL');
      if (heard !== undefined) return heard === true;
      await Promise.race([told, delay(200)]);
    }
    return (await takeBack(database, id, 'true')) === true;
  } finally {
    stop();
    growing();
  }
}

/** Removes a command; gives whether it was heard, undefined when it is not to be removed yet. */
async function takeBack(database: Database, id: string, when: string): Promise<boolean | null | undefined> {
  const { rows } = await database.query<{ heard: boolean | null }>(
    `DELETE FROM ${database.schema}.commands WHERE id = $1 AND ${when} RETURNING heard`,
    [id],
  );
  return rows[0]?.heard;
}
