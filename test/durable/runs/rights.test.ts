import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createRunsClient } from '../../../src/durable/index.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';

describe.skipIf(!hasPostgres)('a user of the database who may do little', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  test('is told what is missing in our words, and queues runs once somebody else has made the tables', async () => {
    const url = await postgres.freshUrl();
    const databaseUrl = url.replace('postgres@', 'little@');
    await postgres.sql(url, 'CREATE ROLE little LOGIN; CREATE SCHEMA perigee AUTHORIZATION little');
    // The engine makes a schema of its own.
    await expect(createRunsClient({ databaseUrl })).rejects.toMatchObject({
      code: 'database-invalid',
      message: expect.stringContaining('permission denied for database'),
      remedy: expect.stringContaining('GRANT CREATE ON DATABASE'),
    });
    const name = new URL(url).pathname.slice(1);
    await postgres.sql(url, `GRANT CREATE ON DATABASE ${name} TO little`);
    await (await createRunsClient({ databaseUrl })).close();
    await postgres.sql(url, `REVOKE CREATE ON DATABASE ${name} FROM little`);
    const client = await createRunsClient({ databaseUrl });
    const { id } = await client.start({ prompt: 'Tidy up.' });
    expect((await client.status(id)).state).toBe('queued');
    await client.close();
  });

  test('prints nothing of the engine, which asks another database too', async () => {
    const url = await postgres.freshUrl();
    await (await createRunsClient({ databaseUrl: url })).close();
    await postgres.sql(url, 'CREATE ROLE other LOGIN; GRANT ALL ON SCHEMA perigee, perigee_dbos TO other');
    await postgres.sql(
      url,
      'GRANT ALL ON ALL TABLES IN SCHEMA perigee, perigee_dbos TO other; REVOKE CONNECT ON DATABASE postgres FROM public',
    );
    const printed = vi.spyOn(console, 'warn');
    await (await createRunsClient({ databaseUrl: url.replace('postgres@', 'other@') })).close();
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });
});
