import type { ReachedSession } from '../reached-session.ts';
import type { Sessions } from '../sessions.ts';
import { type Database, describeUrl } from './database.ts';
import type { HeldProcess } from './held-process.ts';
import type { NumberedEvent, PostgresSession } from './postgres-session.ts';

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
  /** Also throws `database-unreachable` and `database-invalid`. */
  open(name: string): Promise<PostgresSession>;
  reach(name: string): Promise<ReachedInPostgres>;
  /** Closes what is open here, and the connections. */
  close(): Promise<void>;
  readonly database: Database;
  readonly process: HeldProcess;
}

export interface ReachedInPostgres extends ReachedSession {
  /**
   * What the one who works on it tells, from number `from` on (the first is 1), and then as it comes. Ends when nobody works on
   * the session, and `isDue`, where it is given, says that nobody will; also with `signal`.
   */
  events(from: number, signal?: AbortSignal, isDue?: () => Promise<boolean>): AsyncIterable<NumberedEvent>;
}

/** Opens the database and brings its tables up to date. Throws `database-unreachable`, `missing-package`, `invalid-options`. */
export async function postgresSessions(options: PostgresSessionsOptions): Promise<PostgresSessions> {
  throw new Error(`Not there yet: ${describeUrl(options.databaseUrl)}`);
}
