import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type NumberedEvent, type PostgresSessions, postgresSessions } from '../../../src/durable/index.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';
import { all } from '../sessions.ts';
import { databaseWorker } from '../stores.ts';

const text = (delta: string, step = 0) => ({ type: 'text-delta', step, delta });

describe.skipIf(!hasPostgres)('what a session in Postgres tells', () => {
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

  test('is numbered from 1, and pieces of the same text in a row are one', async () => {
    const sessions = await store(await postgres.freshUrl());
    const session = await sessions.open('one');
    session.emit({ type: 'run-start' });
    for (const delta of ['a', 'b', 'c']) session.emit(text(delta));
    session.emit({ type: 'reasoning-delta', step: 0, delta: 'd' });
    session.emit(text('e'));
    session.emit(text('f', 1));
    for (const index of [0, 0, 1]) session.emit({ type: 'tool-call-delta', step: 1, index, delta: '{' });
    session.emit({ type: 'end', failed: new Error('no'), none: undefined });
    await session.close();
    expect(await all((await sessions.reach('one')).events(1))).toEqual([
      { number: 1, event: { type: 'run-start' } },
      { number: 2, event: text('abc') },
      { number: 3, event: { type: 'reasoning-delta', step: 0, delta: 'd' } },
      { number: 4, event: text('e') },
      { number: 5, event: text('f', 1) },
      { number: 6, event: { type: 'tool-call-delta', step: 1, index: 0, delta: '{{' } },
      { number: 7, event: { type: 'tool-call-delta', step: 1, index: 1, delta: '{' } },
      { number: 8, event: { type: 'end', failed: { message: 'no' } } },
    ]);
  });

  test('holds whatever a model writes, and never ends the run that tells it', async () => {
    const sessions = await store(await postgres.freshUrl());
    const session = await sessions.open('one');
    const cycle: Record<string, unknown> = { type: 'odd' };
    cycle['itself'] = cycle;
    const hostile = `'; DROP TABLE perigee.events; -- "\\ \u0000\ud800 {a,b} NULL ü 😀`;
    session.emit(text(hostile));
    session.emit(cycle);
    session.emit(undefined);
    session.emit({ type: 'long', text: 'x'.repeat(5_000_000) });
    await session.step('a', async () => ({ [hostile]: hostile }));
    await session.close();
    const reached = await sessions.reach('one');
    const events = await all(reached.events(1));
    expect(events.map(({ event }) => event)).toEqual([
      text(hostile),
      { type: 'odd', unwritable: expect.stringContaining('circular') },
      null,
      { type: 'long', text: 'x'.repeat(5_000_000) },
    ]);
    expect((await all(reached.records()))[0]!.value).toEqual({ [hostile]: hostile });
  });

  test('is what it was when it was told, and the end of a long run is told without its history', async () => {
    const sessions = await store(await postgres.freshUrl());
    const session = await sessions.open('one');
    const step = { type: 'step-start', step: 1 };
    session.emit(step);
    step.step = 2;
    const messages = [{ role: 'user', content: 'x'.repeat(1_100_000) }];
    session.emit({ type: 'steered', messages });
    session.emit({ type: 'end', result: { text: 'short', messages: [], steps: [] } });
    session.emit({
      type: 'end',
      result: { text: 'long', messages, newMessages: messages, steps: [messages] },
    });
    session.emit({ type: 'error', error: new Error('no'), result: { messages } });
    await session.close();
    expect((await all((await sessions.reach('one')).events(1))).map(({ event }) => event)).toEqual([
      { type: 'step-start', step: 1 },
      { type: 'steered', messages },
      { type: 'end', result: { text: 'short', messages: [], steps: [] } },
      { type: 'end', result: { text: 'long' } },
      { type: 'error', error: { message: 'no' }, result: {} },
    ]);
  });

  test('comes to all who watch, from where they want it, and ends when nobody works on the session', async () => {
    const databaseUrl = await postgres.freshUrl();
    const sessions = await store(databaseUrl);
    const session = await sessions.open('one');
    for (let step = 0; step < 1_200; step++) session.emit({ type: 'step-start', step });
    const reached = await (await store(databaseUrl)).reach('one');
    const readers = [1, 1, 700, 1_201, 1_203].map((from) => ({ from, seen: all(reached.events(from)) }));
    const live = reached.events(1)[Symbol.asyncIterator]();
    for (let number = 1; number <= 1_200; number++) {
      expect((await live.next()).value).toMatchObject({ number });
    }
    for (const step of [1_200, 1_201]) {
      session.emit({ type: 'step-start', step });
      // It is there while the session is open.
      expect(await live.next()).toMatchObject({ value: { number: step + 1, event: { step } } });
    }
    await session.close();
    expect((await live.next()).done).toBe(true);
    for (const { from, seen } of readers) {
      const numbers = (await seen).map(({ number }) => number);
      expect(numbers).toEqual(Array.from({ length: 1_203 - from }, (_, place) => from + place));
    }
  });

  test('stops for whoever has seen enough, and goes on for as long as somebody is due', async () => {
    const sessions = await store(await postgres.freshUrl());
    const session = await sessions.open('one');
    const reached = await sessions.reach('one');
    const stop = new AbortController();
    const watched = all(reached.events(1, stop.signal));
    stop.abort();
    expect(await watched).toEqual([]);
    await session.close();
    let isDue = true;
    const patient = all(reached.events(1, undefined, async () => isDue));
    const next = await sessions.open('one');
    isDue = false;
    next.emit({ type: 'later' });
    await next.close();
    expect(await patient).toEqual([{ number: 1, event: { type: 'later' } }]);
    await sessions.remove('one');
    await expect(all(reached.events(1))).rejects.toMatchObject({ code: 'session-not-found' });
  });

  test('stands in the order of the records: what was told before a step is there with it', async () => {
    const sessions = await store(await postgres.freshUrl());
    const session = await sessions.open('one');
    const database = sessions.database;
    for (let step = 0; step < 20; step++) {
      session.emit(text('x', step));
      await session.step(`s${step}`, async () => step);
      const { rows } = await database.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM perigee.events',
      );
      expect(rows).toEqual([{ count: step + 1 }]);
    }
    await session.close();
  });

  test('goes on without a gap or a number twice when processes are killed one after the other', async () => {
    const databaseUrl = await postgres.freshUrl();
    const script = `
      const session = await sessions.open('one');
      for (let step = 0; ; step++) {
        session.emit({ type: 'step-start', step, pid: process.pid });
        await session.step(process.pid + '-' + step, async () => step);
        if (step % 20 === 0) print(step);
      }`;
    let isOver = false;
    let watching: Promise<NumberedEvent[]> | undefined;
    for (let round = 0; round < 4; round++) {
      const worker = databaseWorker(databaseUrl, script);
      for (let count = 0; count < 3; count++) expect(await worker.line(), worker.errors()).toBeDefined();
      const reached = await (await store(databaseUrl)).reach('one');
      watching ??= all(reached.events(1, undefined, async () => !isOver));
      await worker.kill();
    }
    const sessions = await store(databaseUrl);
    const last = await sessions.open('one');
    last.emit({ type: 'last' });
    isOver = true;
    await last.close();
    const events = await all((await sessions.reach('one')).events(1));
    expect(events.length).toBeGreaterThan(160);
    expect(events.map(({ number }) => number)).toEqual(events.map((_, place) => place + 1));
    // One process after the other, and each without a gap.
    let [pid, next] = [0, 0];
    for (const event of events.slice(0, -1).map((each) => each.event as { pid: number; step: number })) {
      if (event.pid !== pid) [pid, next] = [event.pid, 0];
      expect(event.step).toBe(next++);
    }
    expect(await watching).toEqual(events);
  });
});
