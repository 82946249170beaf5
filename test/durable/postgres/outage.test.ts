import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type PostgresSessions, postgresSessions } from '../../../src/durable/index.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';
import { all, names } from '../sessions.ts';
import { startProxy } from './proxy.ts';

describe.skipIf(!hasPostgres)('a run whose database goes away', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  async function store(databaseUrl: string): Promise<PostgresSessions> {
    const sessions = await postgresSessions({ databaseUrl });
    onTestFinished(() => sessions.close().catch(() => {}));
    return sessions;
  }

  test.each(['fast', 'immediate'] as const)(
    'goes on when it is back, with everything on record once (%s)',
    async (mode) => {
      const sessions = await store(await postgres.freshUrl());
      const sessionsOpen = await Promise.all(['a', 'b', 'c'].map((name) => sessions.open(name)));
      let isOver = false;
      const counts = await Promise.all([
        ...sessionsOpen.map(async (session) => {
          let step = 0;
          for (; !isOver || step < 5; step++) {
            session.emit({ type: 'step-start', step });
            await session.step(`s${step}`, async () => step);
            await session.queued(0);
          }
          return step;
        }),
        (async () => {
          for (let time = 0; time < 3; time++) {
            await postgres.stop(mode);
            await postgres.start();
            await sessionsOpen[0]!.step(`after ${time}`, async () => time);
          }
          isOver = true;
          return 0;
        })(),
      ]);
      for (const [at, session] of sessionsOpen.entries()) {
        expect(session.lost.aborted).toBe(false);
        await session.close();
        const reached = await sessions.reach(session.name);
        const recorded = (await names(reached.records())).filter((name) => name.startsWith('s'));
        expect(recorded).toEqual(Array.from({ length: counts[at]! }, (_, step) => `s${step}`));
        const events = await all(reached.events(1));
        expect(events.map(({ number }) => number)).toEqual(events.map((_, place) => place + 1));
        expect(events.map(({ event }) => (event as { step: number }).step)).toEqual(
          Array.from({ length: counts[at]! }, (_, step) => step),
        );
      }
    },
  );

  test('knows a record again that was written although the connection was cut before it heard of it', async () => {
    const databaseUrl = await postgres.freshUrl();
    const proxy = await startProxy(postgres.port);
    const sessions = await store(proxy.url(databaseUrl));
    const session = await sessions.open('one');
    for (let step = 0; step < 10; step++) {
      session.emit({ type: 'step-start', step });
      const cut = proxy.cutAtAnswerTo(`cut-${step}`);
      let done = 0;
      const value = await session.step(`s${step}`, async () => ({ text: `cut-${step}`, done: ++done }));
      await cut;
      expect(value).toEqual({ text: `cut-${step}`, done: 1 });
    }
    await session.close();
    const reached = await sessions.reach('one');
    expect(await names(reached.records())).toEqual(Array.from({ length: 10 }, (_, step) => `s${step}`));
    expect((await all(reached.events(1))).map(({ number }) => number)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
  });

  test('delivers and queues once what it had to ask for twice', async () => {
    const databaseUrl = await postgres.freshUrl();
    const proxy = await startProxy(postgres.port);
    const sessions = await store(proxy.url(databaseUrl));
    await (await sessions.open('one')).close();
    const reached = await sessions.reach('one');
    // What is sent last, and commits both.
    for (const content of ['x', 'y']) {
      const cut = proxy.cutAtAnswerTo('COMMIT');
      await reached.queue({ when: 'now', message: { role: 'user', content } });
      await cut;
    }
    const cut = proxy.cutAtAnswerTo('COMMIT');
    expect(await reached.deliver('answer', 'yes')).toEqual({ first: true });
    await cut;
    expect(await reached.deliver('answer', 'no')).toEqual({ first: false });
    expect((await reached.summary()).queued).toBe(2);
    const session = await sessions.open('one');
    expect((await session.queued(0)).map(({ message }) => message.content)).toEqual(['x', 'y']);
    expect(await session.wait('answer')).toBe('yes');
    await session.close();
  });

  test('hears of what it waits for, also when what it listens on is cut', async () => {
    const databaseUrl = await postgres.freshUrl();
    const proxy = await startProxy(postgres.port);
    const session = await (await store(proxy.url(databaseUrl))).open('one');
    const outside = await (await store(databaseUrl)).reach('one');
    const waiting = session.wait('answer');
    proxy.isOpen = false;
    proxy.cut();
    expect(await outside.deliver('answer', 1)).toEqual({ first: true });
    proxy.isOpen = true;
    expect(await waiting).toBe(1);
    const seen = all(outside.follow(0));
    await session.step('more', async () => 2);
    await postgres.restart();
    await session.step('yet more', async () => 3);
    await session.close();
    expect((await seen).map(({ name }) => name)).toEqual(['answer', 'more', 'yet more']);
  });

  test('hears by itself of what nobody told it', async () => {
    const databaseUrl = await postgres.freshUrl();
    const session = await (await store(databaseUrl)).open('one');
    const waiting = session.wait('answer');
    // As `deliver` does, without the call.
    await postgres.sql(
      databaseUrl,
      `INSERT INTO perigee.delivered SELECT id, 'answer', 0, 'key', '"found"' FROM perigee.sessions`,
    );
    expect(await waiting).toBe('found');
    await session.close();
  });

  test('says what is wrong when it never comes back, and goes on when it does after all', async () => {
    const databaseUrl = await postgres.freshUrl();
    const proxy = await startProxy(postgres.port);
    const sessions = await store(proxy.url(databaseUrl));
    const reached = await (async () => {
      await (await sessions.open('one')).close();
      return sessions.reach('one');
    })();
    proxy.isOpen = false;
    proxy.cut();
    await expect(reached.summary()).rejects.toMatchObject({
      code: 'database-unreachable',
      retryable: true,
    });
    proxy.isOpen = true;
    expect((await reached.summary()).records).toBe(0);
  }, 60_000);
});
