import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRunsClient, createWorker } from '../../../src/durable/index.ts';
import { sweep } from '../../../src/durable/runs/duty.ts';
import { openEngine } from '../../../src/durable/runs/engine.ts';
import { scripted } from '../../../src/replay/index.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';
import { startProxy } from '../postgres/proxy.ts';
import { eventsOf, freshGround, typesOf, until } from './ground.ts';

describe.skipIf(!hasPostgres)('Runs on workers', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  test('a run goes on on some worker and gives its outcome', async () => {
    const { client, worker, lines } = await freshGround(postgres);
    await worker();
    const { id } = await client.start({ prompt: 'Do it.', settings: { calls: 3 } });
    const outcome = await client.result(id);
    expect(outcome).toMatchObject({
      state: 'ended',
      finishReason: 'stop',
      text: 'Heard: Do it.. 3 calls.',
      steps: 4,
    });
    expect(lines('effects').map((line) => line.split(' ')[1])).toEqual(['0', '1', '2']);
    expect(await client.status(id)).toMatchObject({ id, state: 'ended', outcome });
  });

  test('a run that is started before there is a worker begins when one comes', async () => {
    const { client, worker, url } = await freshGround(postgres);
    const { id } = await client.start({ prompt: 'Wait.', session: 'early' });
    expect(id).toBe('early');
    expect(await client.status(id)).toMatchObject({ state: 'queued' });
    const events = eventsOf(client, id);
    const other = await createRunsClient({ databaseUrl: url });
    const elsewhere = eventsOf(other, id, 2);
    await worker();
    const told = await events;
    expect(await elsewhere).toEqual(told.slice(1));
    await other.close();
    expect(told.map(({ number }) => number)).toEqual(told.map((_, at) => at + 1));
    expect(typesOf(told).at(0)).toBe('step-start');
    expect(typesOf(told).at(-1)).toBe('end');
    expect(typesOf(told).filter((type) => type === 'end')).toHaveLength(1);
    expect(await eventsOf(client, id)).toEqual(told);
    expect(await eventsOf(client, id, 3)).toEqual(told.slice(2));
    expect(await eventsOf(client, id, 0)).toEqual(told);
  });

  test.each([
    [{ model: 'no-such-model' }, 'There is no model no-such-model.'],
    [{ settings: { script: 'bad-tools' } }, 'Cannot find module tools.js'],
  ])('a task that cannot be done ends as failed and says why: %j', async (task, message) => {
    const { client, worker } = await freshGround(postgres);
    await worker();
    const { id } = await client.start({ prompt: 'Try.', ...task });
    const outcome = await client.result(id);
    expect(outcome).toMatchObject({ state: 'failed', finishReason: 'error', error: { message } });
    const events = await eventsOf(client, id);
    expect(events).toMatchObject([{ number: 1, event: { type: 'error', error: { message } } }]);
    // It is not tried again, and the same session can go on with what there is.
    await client.start({ session: id, model: 'any', settings: { calls: 0 } });
    await until('it ends', async () => (await client.status(id)).state === 'ended');
    expect((await client.result(id)).text).toBe('Heard: Try.. 0 calls.');
  });

  test('a log that cannot be written ends no run', async () => {
    const databaseUrl = await postgres.freshUrl();
    const client = await createRunsClient({ databaseUrl });
    const onRun = () => {
      throw new Error('The disk is full.');
    };
    const worker = await createWorker({ databaseUrl, onRun, agent: () => ({ model: scripted(['Hi.']) }) });
    const { id } = await client.start({ prompt: 'Hello.' });
    expect(await client.result(id)).toMatchObject({ state: 'ended', text: 'Hi.' });
    await worker.stop();
    await client.close();
  });

  test('a run whose records cannot be read any more ends as failed', async () => {
    const { client, worker, url } = await freshGround(postgres);
    const { id } = await client.start({ prompt: 'Hello.' });
    await postgres.sql(
      url,
      `UPDATE perigee.runs SET state = 'running', began_at = 1;
       UPDATE perigee.sessions SET last_seq = 1;
       INSERT INTO perigee.records SELECT id, 1, 1, 'run-0/prompt', 'no JSON' FROM perigee.sessions`,
    );
    await worker();
    expect(await client.result(id)).toMatchObject({ state: 'failed', error: { code: 'stream-error' } });
  });

  test('a name that differs in case alone is another one, and is refused beside the first', async () => {
    const { client } = await freshGround(postgres);
    const { id } = await client.start({ session: 'tidy', prompt: 'Go.' });
    for (const ask of [
      () => client.start({ session: 'Tidy', prompt: 'More.' }),
      () => client.steer('Tidy', 'More.'),
      () => client.cancel('Tidy'),
    ]) {
      await expect(ask()).rejects.toMatchObject({ code: 'invalid-options' });
    }
    for (const ask of [client.status, client.result, (name: string) => eventsOf(client, name)]) {
      await expect(ask('Tidy')).rejects.toMatchObject({ code: 'session-not-found' });
    }
    expect(await client.status(id)).toMatchObject({ state: 'queued' });
  });

  test.each([Number.NaN, 1.5, Number.POSITIVE_INFINITY])('no event has the number %j', async (from) => {
    const { client } = await freshGround(postgres);
    const { id } = await client.start({ prompt: 'Go.' });
    await expect(eventsOf(client, id, from)).rejects.toMatchObject({ code: 'invalid-options' });
  });

  test('whoever waits for a run that is removed is told so, and it is not begun', async () => {
    const { client, worker, lines } = await freshGround(postgres);
    const { id } = await client.start({ prompt: 'Go.', settings: { calls: 1 } });
    const result = expect(client.result(id)).rejects.toMatchObject({ code: 'session-not-found' });
    await client.sessions.remove(id);
    await result;
    await worker();
    const next = await client.start({ prompt: 'Go.', settings: { calls: 1 } });
    await client.result(next.id);
    expect(lines('effects').map((line) => line.split(' ')[0])).toEqual([next.id]);
    expect(await client.sessions.names()).toEqual([next.id]);
  });

  test('what the engine has finished is swept away, and what came of the run stays', async () => {
    const { client, worker, url } = await freshGround(postgres);
    await worker({ concurrency: { perModel: 1, perUser: 1 } });
    const ids = await Promise.all([1, 2, 3].map(() => client.start({ prompt: 'Hello.' })));
    for (const { id } of ids) await client.result(id);
    const counts = () => postgres.sql(url, 'SELECT DISTINCT status FROM perigee_dbos.workflow_status');
    await until('the engine knows of it', async () => (await counts()) === 'SUCCESS');
    const engine = await openEngine(client.sessions.database, url);
    await sweep(engine);
    expect(await counts()).toBe('SUCCESS');
    await sweep(engine, -60_000);
    expect(await counts()).toBe('');
    for (const { id } of ids) expect(await client.result(id)).toMatchObject({ state: 'ended' });
  });

  test('a connection begins with what every pooler of sessions lets through', async () => {
    const proxy = await startProxy(postgres.port);
    const databaseUrl = proxy.url(await postgres.freshUrl());
    const worker = await createWorker({ databaseUrl, agent: () => ({ model: scripted(['Hi.']) }) });
    const client = await createRunsClient({ databaseUrl });
    await client.result((await client.start({ prompt: 'Hello.' })).id);
    await worker.stop();
    await client.close();
    expect(proxy.begun.length).toBeGreaterThan(3);
    const names = new Set(proxy.begun.flat());
    expect([...names].sort()).toEqual(['application_name', 'client_encoding', 'database', 'user']);
  });

  test('all of it can be in a schema of its own', async () => {
    const databaseUrl = await postgres.freshUrl();
    const client = await createRunsClient({ databaseUrl, schema: 'elsewhere' });
    const { id } = await client.start({ prompt: 'Hello.' });
    const closed: string[] = [];
    const worker = await createWorker({
      databaseUrl,
      schema: 'elsewhere',
      agent: (task, { session }) => ({
        model: scripted(['Hi.']),
        close: () => void closed.push(`${session} ${task.session}`),
      }),
    });
    expect(await client.result(id)).toMatchObject({ text: 'Hi.' });
    expect(closed).toEqual([`${id} ${id}`]);
    await worker.stop();
    await client.close();
    const schemas = await postgres.sql(
      databaseUrl,
      "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information)' ORDER BY 1",
    );
    expect(schemas.split('\n')).toEqual(['elsewhere', 'elsewhere_dbos', 'public']);
  });
});
