import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { once } from '../../../src/core/index.ts';
import {
  type PostgresSessions,
  type PostgresSessionsOptions,
  postgresSessions,
} from '../../../src/durable/index.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';
import { all, gate, names } from '../sessions.ts';
import { databaseWorker } from '../stores.ts';
import { startProxy } from './proxy.ts';

const LOCKS = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 724`;

describe.skipIf(!hasPostgres)('a session in Postgres', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  async function store(options: PostgresSessionsOptions) {
    const sessions = await postgresSessions(options);
    onTestFinished(() => sessions.close().catch(() => {}));
    return sessions;
  }

  /** A process that is cut off from the lock on which its life hangs, and goes on over the connections that it has. */
  async function zombie(databaseUrl: string) {
    const proxy = await startProxy(postgres.port);
    const sessions = await store({ databaseUrl: proxy.url(databaseUrl), command: 'the zombie' });
    const session = await sessions.open('one');
    await session.step('before', async () => 1);
    proxy.isOpen = false;
    await postgres.sql(databaseUrl, `SELECT pg_terminate_backend(pid) FROM (${LOCKS}) locks`);
    return { proxy, sessions, session };
  }

  test('is opened by one of two processes that want it in the same moment', async () => {
    const databaseUrl = await postgres.freshUrl();
    const stores = await Promise.all([1, 2, 3].map(() => store({ databaseUrl })));
    for (let round = 0; round < 20; round++) {
      const opened = await Promise.allSettled(stores.map((each) => each.open('one')));
      const won = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      const lost = opened.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
      expect(won).toHaveLength(1);
      for (const reason of lost) expect(reason).toMatchObject({ code: 'session-busy' });
      await won[0]!.step(`s${round}`, async () => round);
      await won[0]!.close();
    }
  });

  test('is taken over from one that was declared dead, and nothing that one does is recorded any more', async () => {
    const databaseUrl = await postgres.freshUrl();
    const dead = await zombie(databaseUrl);
    // Its connections work: for as long as nobody has taken over, it is in its right.
    expect(await dead.session.step('between', async () => 2)).toBe(2);
    const end = gate();
    const late = expect(dead.session.step('late', () => end.passed)).rejects.toMatchObject({
      code: 'session-lost',
      message: 'Session "one" was taken over by another process.',
    });
    const waiting = expect(dead.session.wait('answer')).rejects.toMatchObject({ code: 'session-lost' });
    const mine = await (await store({ databaseUrl })).open('one');
    expect(mine.abandoned).toBe(0);
    await mine.step('mine', async () => 3);
    let effects = 0;
    dead.session.emit({ type: 'never told' });
    await expect(once(dead.session, 'effect', async () => effects++)).rejects.toMatchObject({
      code: 'session-lost',
    });
    end.open();
    await late;
    await waiting;
    expect(dead.session.lost.aborted).toBe(true);
    await expect(dead.session.step('more', async () => 4)).rejects.toMatchObject({ code: 'session-lost' });
    await dead.session.close();
    expect(effects).toBe(0);
    await mine.step('after', async () => 5);
    expect(await names(mine.records())).toEqual(['before', 'between', 'mine', 'after']);
    await mine.close();
    expect(await all((await (await store({ databaseUrl })).reach('one')).events(1))).toEqual([]);
  });

  test('that was taken over while its process was cut off is told so when it comes back', async () => {
    const databaseUrl = await postgres.freshUrl();
    const dead = await zombie(databaseUrl);
    const told = new Promise((resolve) => dead.session.lost.addEventListener('abort', resolve));
    const mine = await (await store({ databaseUrl })).open('one');
    dead.proxy.isOpen = true;
    await told;
    expect(dead.session.lost.reason).toMatchObject({ code: 'session-lost' });
    expect(dead.sessions.process.lost.aborted).toBe(false);
    // What it opens now is its own again.
    const other = await dead.sessions.open('two');
    expect(await other.step('a', async () => 1)).toBe(1);
    await mine.close();
  });

  test('stays with a process whose lock was gone for a moment', async () => {
    const databaseUrl = await postgres.freshUrl();
    const first = await store({ databaseUrl });
    const session = await first.open('one');
    const other = await store({ databaseUrl });
    await postgres.sql(databaseUrl, `SELECT pg_terminate_backend(pid) FROM (${LOCKS}) locks`);
    await expect(other.open('one')).rejects.toMatchObject({ code: 'session-busy' });
    expect(await session.step('a', async () => 1)).toBe(1);
    expect(session.lost.aborted).toBe(false);
    expect(await other.process.isDead(first.process.name)).toBe(false);
  });

  test('is taken over from a killed process within seconds, which says how often that happened', async () => {
    const databaseUrl = await postgres.freshUrl();
    const hold = `const session = await sessions.open('one'); print(session.abandoned); setInterval(() => {}, 1000);`;
    for (const round of [0, 1, 2]) {
      const worker = databaseWorker(databaseUrl, hold);
      expect(await worker.line(), worker.errors()).toBe(String(round));
      await worker.kill();
    }
    const session = await (await store({ databaseUrl })).open('one');
    expect(session.abandoned).toBe(3);
    await session.step('a', async () => 1);
    await session.close();
    const again = await (await store({ databaseUrl })).open('one');
    expect(again.abandoned).toBe(0);
  });

  test('is free at once for one that goes by the name of the process that died', async () => {
    const databaseUrl = await postgres.freshUrl();
    const names = ['host', 'host-2', 'host-3'];
    const [one, two] = [
      await store({ databaseUrl, process: names }),
      await store({ databaseUrl, process: names }),
    ];
    expect([one.process.name, two.process.name]).toEqual(['host', 'host-2']);
    await expect(postgresSessions({ databaseUrl, process: 'host' })).rejects.toMatchObject({
      code: 'session-busy',
      message: 'Another process goes by the name host.',
    });
    await one.open('one');
    await one.process.release();
    const next = await store({ databaseUrl, process: names });
    expect(next.process.name).toBe('host');
    const session = await next.open('one');
    expect(await session.step('a', async () => 1)).toBe(1);
  });

  test('a process loses its name to another one that took it while it was away, and all that it had open', async () => {
    const databaseUrl = await postgres.freshUrl();
    const proxy = await startProxy(postgres.port);
    const first = await store({ databaseUrl: proxy.url(databaseUrl), process: 'host' });
    const session = await first.open('one');
    proxy.isOpen = false;
    proxy.cut();
    let second: PostgresSessions | undefined;
    const takes = async () => {
      second = await postgresSessions({ databaseUrl, process: 'host' });
    };
    // The server has to notice first that the other end is gone.
    await expect.poll(takes, { timeout: 20_000 }).toBe(undefined);
    onTestFinished(() => second?.close());
    const lost = new Promise((resolve) => first.process.lost.addEventListener('abort', resolve));
    proxy.isOpen = true;
    await lost;
    expect(session.lost.aborted).toBe(true);
    await expect(first.open('two')).rejects.toMatchObject({ code: 'session-lost' });
  }, 60_000);

  test('that is wanted by its row is not made anew when it was removed', async () => {
    const databaseUrl = await postgres.freshUrl();
    const sessions = await store({ databaseUrl });
    const first = await sessions.open('one');
    await first.close();
    const again = await sessions.open('one', first.id);
    expect(again.id).toBe(first.id);
    await again.close();
    await sessions.remove('one');
    await expect(sessions.open('one', first.id)).rejects.toMatchObject({ code: 'session-not-found' });
    expect(await sessions.names()).toEqual([]);
    await (await sessions.open('one')).close();
    await expect(sessions.open('one', first.id)).rejects.toMatchObject({ code: 'session-not-found' });
  });

  test.each(['', 'a b', 'ä', 'x\u0000', 'x'.repeat(201)])('a process cannot be named %j', async (process) => {
    const databaseUrl = await postgres.freshUrl();
    await expect(postgresSessions({ databaseUrl, process })).rejects.toMatchObject({
      code: 'invalid-options',
    });
  });
});
