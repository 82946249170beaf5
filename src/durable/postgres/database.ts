import type { Pool, PoolClient, PoolConfig, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { PerigeeError } from '../../core/index.ts';
import { databaseError, isOfDatabase, isTimeout } from './database-error.ts';
import { loadPg } from './load-pg.ts';
import { type Migration, migrate } from './migrations.ts';
import { inTransaction } from './transaction.ts';

export interface DatabaseOptions {
  /** As in `postgres://user:password@host:5432/database`. */
  readonly databaseUrl: string;
  /** The schema that holds Perigee's tables; default `perigee`. */
  readonly schema?: string;
  /** Connections at most; default 10. */
  readonly connections?: number;
  /** Milliseconds after which a connection that does not come about is given up; default 10_000. */
  readonly connectMs?: number;
}

/** Milliseconds after which a connection that does not come about is given up. */
const CONNECT_MS = 10_000;
/** Milliseconds after which the server ends a transaction whose process has vanished or stands still: others wait for its rows. */
const IDLE_MS = 30_000;

/**
 * A Postgres database with Perigee's tables. Failures are `database-unreachable` (retryable where waiting may help) and
 * `database-invalid`.
 */
export class Database {
  /** @internal Its types are those of the driver, which not everybody installs. */
  readonly pool: Pool;
  /** Quoted, to be put into statements. */
  readonly schema: string;
  /** The address, without user and password. */
  readonly where: string;

  /** @internal Its types are those of the driver, which not everybody installs. */
  private constructor(pool: Pool, schema: string, where: string) {
    this.pool = pool;
    this.schema = schema;
    this.where = where;
  }

  /** Connects and brings the tables up to date. Throws `invalid-options` for the URL, `missing-package` without `pg`. */
  static async open(options: DatabaseOptions, migrations: readonly Migration[]): Promise<Database> {
    const { schema = 'perigee', connections = 10, connectMs = CONNECT_MS } = options;
    const where = describeUrl(options.databaseUrl);
    const { Pool } = await loadPg();
    const pool = new Pool({
      ...connectionConfig(options.databaseUrl),
      connectionTimeoutMillis: connectMs,
      max: connections,
      allowExitOnIdle: true,
    });
    ignoreDeaths(pool);
    const database = new Database(pool, quoteName(schema), where);
    try {
      await database.withClient((client) => migrate(client, database.schema, migrations));
      return database;
    } catch (error) {
      await database.close();
      throw databaseError(error, where);
    }
  }

  /** @internal Its types are those of the driver, which not everybody installs. */
  async query<R extends QueryResultRow>(
    text: string | QueryConfig,
    values?: unknown[],
  ): Promise<QueryResult<R>> {
    try {
      return await this.pool.query<R>(text, values);
    } catch (error) {
      throw databaseError(error, this.where);
    }
  }

  /**
   * Does all of `work` or nothing.
   *
   * @internal Its types are those of the driver, which not everybody installs.
   */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const begin = `BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${IDLE_MS}`;
    return this.withClient((client) => inTransaction(client, work, begin));
  }

  /** @internal Its types are those of the driver, which not everybody installs. */
  async withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    let client: PoolClient | undefined;
    let broken: Error | undefined;
    const onError = (error: Error) => {
      broken = error;
    };
    try {
      client = await this.pool.connect();
      client.on('error', onError);
      return await work(client);
    } catch (error) {
      // What it still waits for would keep the next one waiting.
      if (isTimeout(error)) broken = error as Error;
      throw isOfDatabase(error) ? databaseError(error, this.where) : error;
    } finally {
      client?.off('error', onError);
      client?.release(broken);
    }
  }

  async close(): Promise<void> {
    // Idle connections do not keep the process alive, and it must not end before they have.
    const alive = setInterval(() => {}, 1_000);
    try {
      await this.pool.end();
    } finally {
      clearInterval(alive);
    }
  }
}

/**
 * A connection that dies while nobody uses it, or before somebody may: the next one who needs one is told. Without a listener the
 * process would end, also in the moments in which a pool has taken its own away.
 *
 * @internal Its types are those of the driver, which not everybody installs.
 */
export function ignoreDeaths(pool: Pool): void {
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
}

/**
 * What the driver is told of every connection.
 *
 * @internal Its types are those of the driver, which not everybody installs.
 */
export function connectionConfig(databaseUrl: string): PoolConfig {
  describeUrl(databaseUrl);
  return {
    connectionString: databaseUrl,
    application_name: 'perigee',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
  };
}

/** The address in a database URL, without user and password. Throws `invalid-options`. */
export function describeUrl(databaseUrl: string): string {
  let url: URL | undefined;
  try {
    url = new URL(databaseUrl);
  } catch {}
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) {
    // Not as it was given: it may hold a password.
    throw new PerigeeError('invalid-options', 'The database URL is no URL of a Postgres database.', {
      remedy:
        'Give postgres://USER:PASSWORD@HOST:5432/DATABASE. Signs such as @ : / # in a password are written as %40 %3A %2F %23.',
    });
  }
  if (/^\/*$/.test(url.pathname)) {
    throw new PerigeeError('invalid-options', 'The database URL names no database.', {
      remedy: 'Put its name at the end, as in postgres://USER:PASSWORD@HOST:5432/DATABASE.',
    });
  }
  const host = url.searchParams.get('host') ?? url.hostname;
  return `${host || 'localhost'}${url.port && `:${url.port}`}${url.pathname}`;
}

function quoteName(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,40}$/.test(name)) {
    throw new PerigeeError('invalid-options', `"${name}" cannot be the name of a schema.`, {
      remedy: 'Give lower-case letters, digits and _, not beginning with a digit.',
    });
  }
  return `"${name}"`;
}
