import { forkSession } from '../copy-entries.ts';
import type { ForkPoint } from '../fork-point.ts';
import type { ListedSession } from '../listed-session.ts';
import { type ReachedSession, reachedSession } from '../reached-session.ts';
import type { SessionEntry } from '../session-entry.ts';
import { checkSessionName } from '../session-name.ts';
import type { Sessions } from '../sessions.ts';
import { busyError, ownCard } from '../sqlite/owner.ts';
import { type Askable, askSession, mustFind } from './ask-session.ts';
import { createSession } from './create-session.ts';
import { Database } from './database.ts';
import type { HeldProcess } from './held-process.ts';
import { Inbox } from './inbox.ts';
import { listSessions } from './list-sessions.ts';
import { LockedProcess } from './locked-process.ts';
import { OpenPostgresSession, type Surroundings } from './open-session.ts';
import {
  leaveSession,
  mustBeFree,
  removeSession,
  type TakenSession,
  type Taker,
  takeSession,
} from './ownership.ts';
import { ASK_PATIENCE_MS, patiently, RUN_PATIENCE_MS } from './patience.ts';
import type { NumberedEvent, PostgresSession } from './postgres-session.ts';
import { Recorded } from './recorded.ts';
import { sessionSizes } from './session-sizes.ts';
import { SessionWrites } from './session-writes.ts';
import { MIGRATIONS } from './tables.ts';
import { Wakes } from './wakes.ts';
import { watchEvents } from './watch-events.ts';
import { Writer } from './writer.ts';

/** Milliseconds for which closing a session waits for a database that is away. */
const LEAVE_MS = 10_000;

export interface PostgresSessionsOptions {
  /** As in `postgres://user:password@host:5432/database`. A connection to the server itself: poolers of transactions lose locks. */
  readonly databaseUrl: string;
  /** The schema that holds Perigee's tables; default `perigee`. */
  readonly schema?: string;
  /** Connections at most, besides the one that holds the lock; default 10. */
  readonly connections?: number;
  /** What others are told who find a session busy, as in `perigee work`; default: the program of this process. */
  readonly command?: string;
  /**
   * The name of this process; of several the first that is free. Taken at once; throws `session-busy` where another process
   * goes by it. Default: one that nobody else has, taken when the first session is opened.
   */
  readonly process?: string | readonly string[];
}

/** Sessions in Postgres, for any number of processes on any number of machines. */
export interface PostgresSessions extends Sessions {
  /**
   * Also throws `database-unreachable` and `database-invalid`. `id`: only the session that has it, and none is made; throws
   * `session-not-found` when that was removed.
   */
  open(name: string, id?: string): Promise<PostgresSession>;
  reach(name: string): Promise<ReachedInPostgres>;
  /** Closes what is open here, and the connections. */
  close(): Promise<void>;
  readonly process: HeldProcess;
  /**
   * For what else stands in the same database.
   * @internal Its types are those of the driver, which not everybody installs.
   */
  readonly database: Database;
}

export interface ReachedInPostgres extends ReachedSession {
  /**
   * What the one who works on it tells, from number `from` on (the first is 1), and then as it comes. Ends when nobody works on
   * the session, and `isDue`, where it is given, says that nobody will; also with `signal`.
   */
  events(from: number, signal?: AbortSignal, isDue?: () => Promise<boolean>): AsyncIterable<NumberedEvent>;
}

/**
 * Opens the database and brings its tables up to date. Throws `database-unreachable`, `database-invalid`, `missing-package`
 * without `pg`, `invalid-options`, and `session-busy` for names of the process that are taken.
 */
export async function postgresSessions(options: PostgresSessionsOptions): Promise<PostgresSessions> {
  const database = await Database.open(options, MIGRATIONS);
  const sessions = new SessionsInPostgres(database, options);
  try {
    const { process } = options;
    if (process !== undefined) {
      await sessions.process.claim(typeof process === 'string' ? [process] : process);
    }
    return sessions;
  } catch (error) {
    await sessions.close();
    throw error;
  }
}

class SessionsInPostgres implements PostgresSessions {
  readonly database: Database;
  readonly process: LockedProcess;
  readonly #wakes: Wakes;
  readonly #around: Surroundings;
  readonly #command: string | undefined;
  readonly #open = new Map<string, OpenPostgresSession | undefined>();
  readonly #writes = new Map<string, SessionWrites>();
  /** Sessions that could not be let go, since the database was away. */
  readonly #left = new Map<string, number>();
  #closing: Promise<void> | undefined;

  constructor(database: Database, { databaseUrl, command }: PostgresSessionsOptions) {
    this.database = database;
    this.#command = command;
    const wakes = new Wakes(databaseUrl, database);
    this.#wakes = wakes;
    this.#around = { database, wakes, writer: new Writer(database), inbox: new Inbox(database, wakes) };
    this.process = new LockedProcess(wakes.connection, wakes.token, () => {
      void patiently(RUN_PATIENCE_MS, () => this.#compare()).catch(() => {});
    });
    this.process.lost.addEventListener('abort', () => {
      for (const writes of this.#writes.values()) writes.lose();
    });
  }

  async names(): Promise<readonly string[]> {
    const { rows } = await this.database.query<{ name: string }>(
      `SELECT name FROM ${this.database.schema}.sessions ORDER BY name`,
    );
    return rows.map(({ name }) => name);
  }

  summaries(): Promise<readonly ListedSession[]> {
    return patiently(ASK_PATIENCE_MS, () => listSessions(this.#askable()));
  }

  async open(name: string, id?: string): Promise<PostgresSession> {
    checkSessionName(name);
    return patiently(RUN_PATIENCE_MS, () => this.#openOnce(name, id));
  }

  async #openOnce(name: string, id: string | undefined): Promise<PostgresSession> {
    await this.process.claim();
    if (this.process.lost.aborted) throw this.process.lost.reason;
    if (this.#open.has(name)) throw busyError(name, ownCard(this.#command, undefined, ''));
    this.#open.set(name, undefined);
    let taken: TakenSession | undefined;
    try {
      taken = await takeSession(this.database, name, this.#taker(), id);
      const recorded = await Recorded.load(
        this.database,
        { id: taken.id, name },
        taken.seq,
        taken.tally.lastRun,
      );
      const writes = new SessionWrites(name, taken, (record, seq) => recorded.add(record, seq));
      this.#writes.set(writes.id, writes);
      this.#left.delete(writes.id);
      const session = new OpenPostgresSession(this.#around, writes, recorded, taken.abandoned, () =>
        this.#leave(writes),
      );
      this.#open.set(name, session);
      return session;
    } catch (error) {
      this.#open.delete(name);
      if (taken) this.#left.set(taken.id, taken.epoch);
      throw error;
    }
  }

  #taker(): Taker {
    return {
      process: this.process,
      command: this.#command,
      has: (session) => this.#writes.has(session),
    };
  }

  async #leave(writes: SessionWrites): Promise<void> {
    const leave = () => leaveSession(this.database, writes);
    try {
      if (!writes.lost.aborted) await patiently(LEAVE_MS, leave);
    } catch {
      // Others find it held by a process that lives: it is let go as soon as the database is back.
      this.#left.set(writes.id, writes.epoch);
    } finally {
      this.#writes.delete(writes.id);
      this.#open.delete(writes.name);
    }
  }

  /** Finds out which sessions were taken over while the lock was not held. */
  async #compare(): Promise<void> {
    for (const [id, epoch] of this.#left) {
      await leaveSession(this.database, { id, epoch });
      this.#left.delete(id);
    }
    const { rows } = await this.database.query<{ id: string; epoch: number }>(
      `SELECT id::text, epoch FROM ${this.database.schema}.sessions WHERE id = ANY($1::bigint[])`,
      [[...this.#writes.keys()]],
    );
    const epochs = new Map(rows.map(({ id, epoch }) => [id, epoch]));
    for (const writes of this.#writes.values()) {
      if (epochs.get(writes.id) !== writes.epoch) writes.lose();
    }
  }

  async reach(name: string): Promise<ReachedInPostgres> {
    checkSessionName(name);
    const at = this.#askable();
    await patiently(ASK_PATIENCE_MS, () => mustFind(this.database, name));
    return {
      ...reachedSession(name, (request, signal) => askSession(at, name, request, signal)),
      events: (from, signal, isDue) => watchEvents(at, name, from, signal, isDue),
    };
  }

  #askable(): Askable {
    return { database: this.database, wakes: this.#wakes, process: this.process };
  }

  async create(
    name: string,
    entries: AsyncIterable<SessionEntry> | Iterable<SessionEntry>,
    forkedFrom?: string,
  ): Promise<void> {
    checkSessionName(name);
    await createSession(this.database, name, entries, forkedFrom);
  }

  fork(name: string, copy: string, at?: string): Promise<ForkPoint> {
    return forkSession(this, name, copy, at);
  }

  sizes(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return patiently(ASK_PATIENCE_MS, () => sessionSizes(this.database, names));
  }

  async remove(name: string, { idleSince }: { readonly idleSince?: number } = {}): Promise<void> {
    checkSessionName(name);
    const found = await mustFind(this.database, name);
    if (this.#open.has(name)) throw busyError(name, ownCard(this.#command, undefined, ''));
    await mustBeFree(name, found, this.#taker());
    await removeSession(this.database, name, found, idleSince);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((session) => session?.close()));
    await this.process.release();
    await this.#wakes.connection.end();
    await this.database.close();
  }
}
