import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Database, describeUrl } from '../../../src/durable/postgres/database.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';

const ONE = { version: 1, name: 'one', sql: (schema: string) => `CREATE TABLE ${schema}.one (id int)` };
const TWO = { version: 2, name: 'two', sql: (schema: string) => `CREATE TABLE ${schema}.two (id int)` };

describe.skipIf(!hasPostgres)('a database', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  test('gets its tables once, however many open it at the same time', async () => {
    const databaseUrl = await postgres.freshUrl();
    const all = await Promise.all(
      Array.from({ length: 8 }, () => Database.open({ databaseUrl }, [ONE, TWO])),
    );
    expect(await postgres.sql(databaseUrl, 'SELECT version, name FROM perigee.migrations ORDER BY 1')).toBe(
      '1|one\n2|two',
    );
    await Promise.all(all.map((each) => each.close()));
  });

  test('takes a migration that came later, also one with a lower number', async () => {
    const databaseUrl = await postgres.freshUrl();
    await (await Database.open({ databaseUrl }, [TWO])).close();
    await (await Database.open({ databaseUrl }, [ONE, TWO])).close();
    expect(await postgres.sql(databaseUrl, 'SELECT count(*) FROM perigee.one')).toBe('0');
  });

  test('lets an earlier program work beside a later one, unless a migration says that it cannot', async () => {
    const databaseUrl = await postgres.freshUrl();
    await (await Database.open({ databaseUrl }, [ONE, TWO])).close();
    await (await Database.open({ databaseUrl }, [ONE])).close();
    const three = { version: 3, name: 'three', sql: () => 'SELECT 1', needs: 2 };
    await (await Database.open({ databaseUrl }, [ONE, TWO, three])).close();
    await (await Database.open({ databaseUrl }, [ONE, TWO])).close();
    await expect(Database.open({ databaseUrl }, [ONE])).rejects.toMatchObject({
      code: 'database-invalid',
      remedy: 'Upgrade Perigee.',
    });
  });

  test('that goes away ends no process that holds a connection without listening for its end', async () => {
    const databaseUrl = await postgres.freshUrl();
    const database = await Database.open({ databaseUrl }, [ONE]);
    const client = await database.pool.connect();
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await postgres.sql(databaseUrl, `SELECT pg_terminate_backend(${rows[0]!.pid})`);
    await ended;
    client.release(true);
    expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await database.close();
  });

  test('needs no right to make anything where its tables are there, nor one to make a schema where it was given one', async () => {
    const databaseUrl = await postgres.freshUrl();
    const asUser = { databaseUrl: databaseUrl.replace('postgres@', 'nobody@') };
    await postgres.sql(databaseUrl, 'DROP ROLE IF EXISTS nobody; CREATE ROLE nobody LOGIN');
    await expect(Database.open(asUser, [ONE])).rejects.toMatchObject({
      code: 'database-invalid',
      message: expect.stringContaining('permission denied for database'),
      remedy: expect.stringContaining('GRANT CREATE ON DATABASE'),
    });
    await postgres.sql(databaseUrl, 'CREATE SCHEMA perigee AUTHORIZATION nobody');
    await (await Database.open(asUser, [ONE])).close();
    await postgres.sql(databaseUrl, 'REVOKE CREATE ON SCHEMA perigee FROM nobody');
    await (await Database.open(asUser, [ONE])).close();
    await postgres.sql(databaseUrl, 'DROP SCHEMA perigee CASCADE; DROP ROLE nobody');
  });

  test('can be read where nothing can be changed: a copy of a server, a server that was set so', async () => {
    const databaseUrl = await postgres.freshUrl();
    const readOnly = { databaseUrl: `${databaseUrl}?options=-c%20default_transaction_read_only%3Don` };
    await expect(Database.open(readOnly, [ONE])).rejects.toMatchObject({
      code: 'database-unreachable',
      message: expect.stringContaining('takes no changes now'),
      retryable: true,
    });
    await (await Database.open({ databaseUrl }, [ONE])).close();
    const database = await Database.open(readOnly, [ONE]);
    expect((await database.query('SELECT count(*)::int AS count FROM perigee.one')).rows).toEqual([
      { count: 0 },
    ]);
    await database.close();
  });

  test('says so where all connections are in use', async () => {
    const few = await startPostgres(['max_connections = 4', 'superuser_reserved_connections = 0']);
    try {
      const databaseUrl = few.url();
      const database = await Database.open({ databaseUrl }, [ONE]);
      const held = await Promise.all([1, 2, 3, 4].map(() => database.pool.connect()));
      await expect(Database.open({ databaseUrl }, [ONE])).rejects.toMatchObject({
        code: 'database-unreachable',
        retryable: true,
        message: expect.stringContaining('can do no more now'),
        remedy: expect.stringContaining('max_connections'),
      });
      for (const client of held) client.release();
      await database.close();
    } finally {
      await few.remove();
    }
  });

  test('waits for a table that somebody uses without keeping others from it for long', async () => {
    const databaseUrl = await postgres.freshUrl();
    const database = await Database.open({ databaseUrl }, [ONE]);
    const client = await database.pool.connect();
    await client.query('BEGIN; SELECT * FROM perigee.one');
    const add = {
      version: 2,
      name: 'add',
      sql: (schema: string) => `ALTER TABLE ${schema}.one ADD more int`,
    };
    const opened = Database.open({ databaseUrl }, [ONE, add]);
    let waited = '';
    while (waited === '') {
      waited = await postgres.sql(
        databaseUrl,
        "SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted",
      );
    }
    // It stands behind the change, which gives way though the table is still in use.
    expect((await database.query('SELECT count(*)::int AS count FROM perigee.one')).rows).toEqual([
      { count: 0 },
    ]);
    await client.query('COMMIT');
    client.release();
    await (await opened).close();
    expect((await database.query('SELECT more FROM perigee.one')).rows).toEqual([]);
    await database.close();
  });

  test('is left as it was by a migration that fails', async () => {
    const databaseUrl = await postgres.freshUrl();
    const bad = { version: 2, name: 'bad', sql: () => 'SELEC 1' };
    await expect(Database.open({ databaseUrl }, [ONE, bad])).rejects.toMatchObject({
      code: 'database-invalid',
    });
    expect(
      await postgres.sql(databaseUrl, "SELECT count(*) FROM pg_namespace WHERE nspname = 'perigee'"),
    ).toBe('0');
  });

  test('holds nothing for others for ever: a transaction of a process that stands still is ended', async () => {
    const databaseUrl = await postgres.freshUrl();
    const database = await Database.open({ databaseUrl }, [ONE]);
    const stopped = database.transaction(async (client) => {
      const { rows } = await client.query('SHOW idle_in_transaction_session_timeout');
      expect(rows).toEqual([{ idle_in_transaction_session_timeout: '30s' }]);
      await client.query('LOCK TABLE perigee.one');
      await client.query("SET LOCAL idle_in_transaction_session_timeout = '50ms'");
      const other = await database.query('SELECT count(*)::int AS count FROM perigee.one');
      expect(other.rows).toEqual([{ count: 0 }]);
      return client.query('SELECT 1');
    });
    // It may be tried again.
    await expect(stopped).rejects.toMatchObject({ code: 'database-unreachable', retryable: true });
    expect((await database.query('SHOW idle_in_transaction_session_timeout')).rows).toEqual([
      { idle_in_transaction_session_timeout: '0' },
    ]);
    await database.close();
  });

  test('takes a server that only reads for one that is away: it has been replaced, and the next one is not', async () => {
    const databaseUrl = await postgres.freshUrl();
    const database = await Database.open({ databaseUrl }, [ONE]);
    const read = database.withClient(async (client) => {
      await client.query('BEGIN READ ONLY');
      await client.query('INSERT INTO perigee.one VALUES (1)').finally(() => client.query('ROLLBACK'));
    });
    await expect(read).rejects.toMatchObject({ code: 'database-unreachable', retryable: true });
    await database.close();
  });

  test('says what is wrong with its address, and never the password', async () => {
    const at = { databaseUrl: `postgres://postgres:hidden@127.0.0.1:${postgres.port}/nowhere` };
    const missing = await Database.open(at, []).catch((error: unknown) => error as Error);
    expect(missing).toMatchObject({
      code: 'database-unreachable',
      message: expect.stringContaining('nowhere'),
    });
    const wrong = { databaseUrl: 'postgres://postgres:hidden@127.0.0.1:1/there' };
    const closed = await Database.open(wrong, []).catch((error: unknown) => error as Error);
    expect(closed).toMatchObject({ code: 'database-unreachable', retryable: true });
    expect(`${missing} ${closed}`).not.toContain('hidden');
  });

  test('tells work that is under way that the connection is gone, and has a new one afterwards', async () => {
    const databaseUrl = await postgres.freshUrl();
    const database = await Database.open({ databaseUrl }, []);
    const sleeping = database.query('SELECT pg_sleep(600)');
    const ended = expect(sleeping).rejects.toMatchObject({ code: 'database-unreachable', retryable: true });
    await postgres.restart();
    await ended;
    expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await database.close();
  });
});

test('an address is told without user and password', () => {
  expect(describeUrl('postgres://me:hidden@db.example:5433/perigee?sslmode=require')).toBe(
    'db.example:5433/perigee',
  );
  expect(() => describeUrl('mysql://me:hidden@db/x')).toThrow(/no URL of a Postgres database/);
  for (const url of [
    'postgres://me:hidden@db',
    'postgres://me:hidden@db/',
    'postgres://db//?sslmode=disable',
  ]) {
    expect(() => describeUrl(url)).toThrow('The database URL names no database.');
  }
});
