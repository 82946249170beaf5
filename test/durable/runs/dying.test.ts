import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';
import { eventsOf, freshGround, type Ground, typesOf, until } from './ground.ts';

const HOLD = { script: 'hold', calls: 2 };

describe.skipIf(!hasPostgres)('When something dies', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  async function holding({ client, lines }: Ground, settings: object = HOLD): Promise<string> {
    const before = lines('held').length;
    const { id } = await client.start({ prompt: 'Go.', settings: { ...settings } });
    await until('it holds', () => lines('held').length > before);
    return id;
  }

  /** Ends the connection on which the lock of a worker hangs. */
  async function cutOff(url: string, name: string): Promise<void> {
    await postgres.sql(
      url,
      `SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE locktype = 'advisory' AND classid = 724
         AND objid = (hashtext('${name}')::bigint & 4294967295)::oid`,
    );
  }

  test('the runs of a killed worker go on elsewhere, and what it had begun is not done again', async () => {
    const ground = await freshGround(postgres);
    const { client, worker, lines, release } = ground;
    const one = await worker({ name: 'one' });
    const id = await holding(ground);
    const events = eventsOf(client, id);
    const killed = Date.now();
    await one.kill();
    await worker({ name: 'two' });
    await until('the second call holds', () => lines('held').length === 2);
    console.log(`taken over within ${Date.now() - killed} ms, the start of the other worker included`);
    release(id);
    expect(await client.result(id)).toMatchObject({ finishReason: 'stop' });
    expect(await client.status(id)).toMatchObject({ worker: 'two' });
    expect(lines('held').map((line) => line.split(' ')[1])).toEqual(['0', '1']);
    expect(lines('effects').map((line) => line.split(' ')[1])).toEqual(['1']);
    const told = await events;
    expect(told.map(({ number }) => number)).toEqual(told.map((_, at) => at + 1));
    const results = told.filter(({ event }) => (event as { type: string }).type === 'tool-result');
    expect(results.map(({ event }) => (event as { unverified?: true }).unverified)).toEqual([
      true,
      undefined,
    ]);
    expect(typesOf(told)).toContain('resumed');
    expect(typesOf(told).filter((type) => type === 'end')).toHaveLength(1);
  });

  test('a worker that is started again under its name gets its runs back', async () => {
    const ground = await freshGround(postgres);
    const { client, worker, lines, release } = ground;
    const one = await worker({ name: 'one' });
    const id = await holding(ground);
    await one.kill();
    await worker({ name: 'one' });
    await until('the second call holds', () => lines('held').length === 2);
    release(id);
    expect(await client.result(id)).toMatchObject({ finishReason: 'stop' });
  });

  test('a worker that stops hands its runs over at a safe point, and no event says that they ended', async () => {
    const ground = await freshGround(postgres);
    const { client, worker, lines, release } = ground;
    const one = await worker({ name: 'one' });
    const ids = [await holding(ground), await holding(ground), await holding(ground)];
    const events = ids.map((id) => eventsOf(client, id));
    const two = await worker({ name: 'two' });
    one.child.kill('SIGTERM');
    for (const id of ids) release(id);
    expect(await one.ended, one.errors()).toBe(0);
    expect(one.said).toContain('stopped');
    for (const id of ids) {
      expect(await client.result(id)).toMatchObject({ finishReason: 'stop' });
      expect(await client.status(id)).toMatchObject({ worker: two.name });
    }
    expect(lines('effects')).toHaveLength(6);
    for (const told of await Promise.all(events)) {
      expect(typesOf(told).filter((type) => type === 'end')).toHaveLength(1);
      expect(typesOf(told).at(-1)).toBe('end');
    }
  });

  test('a later version takes over from an earlier one, which strands nothing', async () => {
    const ground = await freshGround(postgres);
    const { client, worker, release } = ground;
    const early = await worker({ name: 'early' });
    const held = await holding(ground);
    const waits = await client.start({ prompt: 'Pay.', settings: { script: 'approve', calls: 1 } });
    const { waiting } = await until('it waits', async () => {
      const status = await client.status(waits.id);
      return status.state === 'waiting' ? status : undefined;
    });
    const later = await worker({ name: 'later', isLater: true });
    early.child.kill('SIGTERM');
    release(held);
    await early.ended;
    await client.approve(waits.id, waiting[0]!.id, true);
    for (const id of [held, waits.id]) {
      expect(await client.result(id)).toMatchObject({ finishReason: 'stop' });
      expect(await client.status(id)).toMatchObject({ worker: later.name });
    }
  });

  test('a run that kills each worker is ended after ten', async () => {
    const { client, worker, lines } = await freshGround(postgres);
    const { id } = await client.start({ prompt: 'Die.', settings: { script: 'die', calls: 1 } });
    let isOver = false;
    const over = client.result(id).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      const one = await worker({ name: 'one' });
      await Promise.race([one.ended, over]);
    }
    const outcome = await over;
    expect(outcome).toMatchObject({ state: 'failed', error: { code: 'run-abandoned' } });
    expect(lines('deaths').length).toBeGreaterThanOrEqual(10);
    expect(lines('deaths').length).toBeLessThanOrEqual(11);
    expect(typesOf(await eventsOf(client, id)).at(-1)).toBe('error');
  });

  test('a zombie records nothing more, and its run is brought to its end by another', async () => {
    const ground = await freshGround(postgres);
    const { client, worker, lines, release, url } = ground;
    const one = await worker({ name: 'one' });
    const id = await holding(ground);
    // It hears nothing and does nothing, and the server thinks that it is gone.
    one.child.kill('SIGSTOP');
    await cutOff(url, 'one');
    await worker({ name: 'two' });
    await until('the second call holds', () => lines('held').length === 2);
    const records = await client.sessions.reach(id);
    const atTakeOver = (await records.summary()).records;
    // It awakes, and its tool comes to its end.
    one.child.kill('SIGCONT');
    await until('it is let go', () => lines('work').some((line) => /^- .* one$/.test(line)));
    expect((await records.summary()).records).toBe(atTakeOver);
    expect(await client.status(id)).toMatchObject({ state: 'running', worker: 'two' });
    release(id);
    expect(await client.result(id)).toMatchObject({ finishReason: 'stop' });
    const pending = await postgres.sql(url, `SELECT executor_id, status FROM perigee_dbos.workflow_status`);
    expect(['two|SUCCESS', 'two|PENDING']).toContain(pending);
    await until(
      'it is done',
      async () => (await postgres.sql(url, 'SELECT status FROM perigee_dbos.workflow_status')) === 'SUCCESS',
    );
    const told = await eventsOf(client, id);
    expect(told.map(({ number }) => number)).toEqual(told.map((_, at) => at + 1));
    expect(typesOf(told).filter((type) => type === 'end')).toHaveLength(1);
  });

  test('a zombie does not begin a call that was taken over between its intent and its effect', async () => {
    const ground = await freshGround(postgres);
    const { client, worker, lines, url } = ground;
    await postgres.sql(
      url,
      `CREATE TABLE public.held (); INSERT INTO public.held DEFAULT VALUES;
       CREATE FUNCTION public.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         WHILE EXISTS (SELECT FROM public.held) LOOP PERFORM pg_sleep(0.02); END LOOP; RETURN NEW; END $$;
       CREATE TRIGGER hold BEFORE INSERT ON perigee.records FOR EACH ROW
         WHEN (NEW.name LIKE '%/begin-0') EXECUTE FUNCTION public.hold()`,
    );
    const one = await worker({ name: 'one' });
    const { id } = await client.start({ prompt: 'Go.', settings: { calls: 1 } });
    const holds = `SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`;
    await until('its intent is under way', async () => (await postgres.sql(url, holds)) === '1');
    // The intent is recorded, but it does not hear of it before others have its run.
    one.child.kill('SIGSTOP');
    await cutOff(url, 'one');
    await postgres.sql(url, 'DELETE FROM public.held');
    await worker({ name: 'two' });
    expect(await client.result(id)).toMatchObject({ finishReason: 'stop' });
    one.child.kill('SIGCONT');
    await until('it is let go', () => lines('work').some((line) => /^- .* one$/.test(line)));
    expect(lines('effects')).toEqual([]);
  });

  test('a worker whose name is another one’s by now ends, and the other has its runs', async () => {
    const ground = await freshGround(postgres);
    const { client, worker, lines, release, url } = ground;
    const one = await worker({ name: 'one' });
    const id = await holding(ground);
    one.child.kill('SIGSTOP');
    await cutOff(url, 'one');
    const again = await worker({ name: 'one' });
    await until('the second call holds', () => lines('held').length === 2);
    one.child.kill('SIGCONT');
    expect(await one.ended, one.errors()).toBe(75);
    expect(one.said).toContain('lost');
    release(id);
    expect(await client.result(id)).toMatchObject({ finishReason: 'stop' });
    expect(lines('effects').map((line) => line.split(' ').at(-1))).toEqual([String(again.child.pid)]);
  });

  test('whoever asks hears how many workers there are, also after a restart of Postgres, and that a run was left', async () => {
    const own = await startPostgres();
    const ground = await freshGround(own);
    const { client, worker } = ground;
    const left = async (id: string) => (await client.status(id)).isLeft;
    expect(await client.workers()).toBe(0);
    const one = await worker({ name: 'one' });
    const two = await worker({ name: 'two' });
    expect(await client.workers()).toBe(2);
    await own.restart();
    await until('both are back', async () => (await client.workers()) === 2);
    await two.kill('SIGTERM');
    await until('one is left', async () => (await client.workers()) === 1);
    const id = await holding(ground);
    expect(await left(id)).toBeUndefined();
    await one.kill();
    await until('its connection is gone', async () => (await client.workers()) === 0);
    expect(await left(id)).toBe(true);
    expect(await client.list()).toMatchObject([{ name: id, run: { state: 'running', isLeft: true } }]);
    await worker({ name: 'three' });
    await until('it is taken over', async () => (await client.status(id)).worker === 'three');
    expect(await left(id)).toBeUndefined();
    await client.close();
    await own.remove();
  });

  test('a worker ends when it is told to although Postgres is away', async () => {
    const own = await startPostgres();
    const { worker, client } = await freshGround(own);
    const one = await worker({ name: 'one' });
    await own.stop('immediate');
    one.child.kill('SIGTERM');
    expect([await one.ended, one.said]).toEqual([0, ['ready one', 'stopped']]);
    await client.close();
    await own.remove();
  });

  test('a restart of Postgres is a wait: every run comes to its end where it was', async () => {
    const own = await startPostgres();
    const ground = await freshGround(own);
    const { client, worker, lines } = ground;
    await worker({ name: 'one' });
    await worker({ name: 'two' });
    const ids: string[] = [];
    for (let at = 0; at < 8; at++) {
      ids.push((await client.start({ prompt: 'Go.', settings: { calls: 25, waitMs: 20 } })).id);
    }
    const events = ids.map((id) => eventsOf(client, id));
    await until('they are under way', () => lines('effects').length > 40);
    await own.restart();
    for (const id of ids) expect(await client.result(id)).toMatchObject({ finishReason: 'stop' });
    // Nobody was taken for dead: no run was begun a second time.
    expect(lines('work').filter((line) => line.startsWith('+'))).toHaveLength(ids.length);
    expect(new Set(lines('effects')).size).toBe(200);
    expect(lines('effects')).toHaveLength(200);
    for (const told of await Promise.all(events)) {
      expect(told.map(({ number }) => number)).toEqual(told.map((_, at) => at + 1));
      expect(typesOf(told).at(-1)).toBe('end');
    }
    await client.close();
    await own.remove();
  });
});
