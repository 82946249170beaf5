import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type PostgresSessions, postgresSessions } from '../../../src/durable/index.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';
import { names } from '../sessions.ts';

setFlagsFromString('--expose-gc');
/** Collects what is garbage, so that it does not count. */
const collect = runInNewContext('gc') as () => void;

describe.skipIf(!hasPostgres)('sessions in Postgres', () => {
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

  /** Statements that were sent while `work` went on. */
  async function statements(sessions: PostgresSessions, work: () => Promise<unknown>): Promise<string[]> {
    const { pool } = sessions.database;
    const texts: string[] = [];
    const seen = new Set<unknown>();
    pool.on('acquire', (client) => {
      if (seen.has(client)) return;
      seen.add(client);
      const query = client.query.bind(client) as (...args: unknown[]) => unknown;
      Object.assign(client, {
        query: (first: { text?: string } | string, ...rest: unknown[]) => {
          texts.push(typeof first === 'string' ? first : (first.text ?? ''));
          return query(first, ...rest);
        },
      });
    });
    await work();
    return texts;
  }

  test('are many in one process, and what is ready at the same time goes in one statement', async () => {
    const sessions = await store(await postgres.freshUrl());
    const open = await Promise.all(Array.from({ length: 200 }, (_, at) => sessions.open(`s-${at}`)));
    const sent = await statements(sessions, async () => {
      for (let step = 0; step < 10; step++) {
        await Promise.all(open.map((session) => session.step(`s${step}`, async () => step)));
      }
    });
    const writes = sent.filter((text) => text.includes('WITH portions'));
    expect(writes.length).toBeGreaterThanOrEqual(10);
    expect(writes.length).toBeLessThanOrEqual(40);
    for (const session of open) expect(await names(session.records())).toHaveLength(10);
  });

  test('are listed with two questions at most, however many, and one that is spoilt hides no other', async () => {
    const url = await postgres.freshUrl();
    const sessions = await store(url);
    await sessions.create('one', []);
    await postgres.sql(
      url,
      `INSERT INTO perigee.sessions (name, created_at) SELECT 's-' || g, g FROM generate_series(1, 500) g;
       INSERT INTO perigee.sessions (name, created_at, tally) VALUES ('spoilt', 1, '{"form'), (E'no\\nname', 1, NULL)`,
    );
    let listed: Awaited<ReturnType<typeof sessions.summaries>> = [];
    const sent = await statements(sessions, async () => {
      listed = await sessions.summaries();
    });
    expect(sent.filter((text) => text.startsWith('SELECT')).length).toBeLessThanOrEqual(2);
    expect(listed).toHaveLength(503);
    const problems = listed
      .filter(({ problem }) => problem)
      .map(({ name, problem }) => [name, problem?.code]);
    expect(problems).toEqual([
      ['no\nname', 'invalid-options'],
      ['spoilt', 'session-invalid'],
    ]);
  });

  test('of twelve thousand records are gone on with by reading pages, in little memory', async () => {
    const sessions = await store(await postgres.freshUrl());
    const value = 'x'.repeat(1_000);
    await sessions.create(
      'long',
      (function* () {
        for (let seq = 1; seq <= 12_000; seq++) {
          yield { seq, at: seq, name: `run-0/step-${seq}/turn`, value: { value, seq } };
        }
      })(),
    );
    const session = await sessions.open('long');
    collect();
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    const never = () => Promise.reject(new Error('It is on record.'));
    const sent = await statements(sessions, async () => {
      for (let seq = 1; seq <= 12_000; seq++) {
        const found = await session.step<{ seq: number }>(`run-0/step-${seq}/turn`, never);
        if (found.seq !== seq) throw new Error(`${found.seq} for ${seq}`);
        if (seq % 1000 > 0) continue;
        collect();
        most = Math.max(most, process.memoryUsage().heapUsed - before);
      }
      expect(await session.step('run-0/step-12001/turn', async () => 'new')).toBe('new');
    });
    // Pages of 500, the one new record, and nothing to find out that it is new.
    expect(sent.length).toBeLessThanOrEqual(26);
    expect(most).toBeLessThan(60_000_000);
    expect(await sessions.reach('long').then((reached) => reached.summary())).toMatchObject({
      records: 12_001,
      steps: 12_001,
      runs: 1,
    });
  });

  test('with more records than names are kept of know them all the same', async () => {
    const sessions = await store(await postgres.freshUrl());
    await sessions.create(
      'long',
      (function* () {
        for (let seq = 1; seq <= 20_100; seq++) {
          const name = seq <= 20_000 ? `run-0/step-${seq}/turn` : `run-1/step-${seq}/turn`;
          yield { seq, at: seq, name, value: seq };
        }
      })(),
    );
    const session = await sessions.open('long');
    const never = () => Promise.reject(new Error('It is on record.'));
    expect(await session.step('run-0/step-7/turn', never)).toBe(7);
    expect(await session.step('run-1/step-20050/turn', never)).toBe(20_050);
    expect(await session.step('run-1/step-1/turn', async () => 'new')).toBe('new');
    expect(await session.step('run-10/step-1/turn', async () => 'new')).toBe('new');
    expect(await session.step('note', async () => 'new')).toBe('new');
    expect(await session.step('note', never)).toBe('new');
  });

  test('are summed up without reading what they hold', async () => {
    const databaseUrl = await postgres.freshUrl();
    const sessions = await store(databaseUrl);
    const session = await sessions.open('one');
    await session.step('run-0/prompt', async () => ({ model: 'kimi', text: 'x'.repeat(1_000_000) }));
    await session.step('run-0/step-0/turn', async () => ({
      cost: 1,
      text: 'x'.repeat(1_000_000),
      calls: [],
    }));
    await session.close();
    const sent = await statements(sessions, async () => {
      const reached = await sessions.reach('one');
      expect(await reached.summary()).toMatchObject({ records: 2, model: 'kimi', cost: 1, steps: 1 });
    });
    expect(sent.filter((text) => /\.records/.test(text))).toEqual([]);
    // Whoever watches may still be told that it was closed.
    expect(sent.filter((text) => !text.includes('pg_notify')).length).toBeLessThanOrEqual(3);
  });

  test('with a tally of another version are summed up from their records, by whoever reads and whoever writes', async () => {
    const databaseUrl = await postgres.freshUrl();
    const sessions = await store(databaseUrl);
    const session = await sessions.open('one');
    await session.step('run-0/prompt', async () => ({ model: 'kimi' }));
    await session.close();
    const later = `UPDATE perigee.sessions SET tally = '{"form":2,"other":true}'`;
    await postgres.sql(databaseUrl, later);
    const reached = await sessions.reach('one');
    expect(await reached.summary()).toMatchObject({ records: 1, model: 'kimi', isUnfinished: true });
    const again = await sessions.open('one');
    await again.step('run-0/end', async () => ({ finishReason: 'stop' }));
    expect(await reached.summary()).toMatchObject({ records: 2, model: 'kimi', finishReason: 'stop' });
  });

  test('made of records that are none are not made at all', async () => {
    const sessions = await store(await postgres.freshUrl());
    const record = { seq: 1, at: 1, name: 'a', value: 1 };
    await expect(sessions.create('one', [record, record])).rejects.toMatchObject({
      code: 'session-invalid',
      message: 'Two records have the name "a".',
    });
    const broken = (function* () {
      yield record;
      throw new TypeError('no more');
    })();
    await expect(sessions.create('one', broken)).rejects.toThrow(/^no more$/);
    expect(await sessions.names()).toEqual([]);
    await sessions.create('one', [record]);
    await expect(sessions.create('one', [record])).rejects.toThrow('There is a session "one" already.');
    await expect(sessions.create('ONE', [record])).rejects.toThrow('differ in case only');
  });
});
