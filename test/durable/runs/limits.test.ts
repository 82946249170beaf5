import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorker } from '../../../src/durable/index.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';
import { freshGround, until } from './ground.ts';

/** How many were at work at the same time at most, of each that `keyOf` tells apart. */
function maximum(lines: readonly string[], keyOf: (line: Work) => string): Record<string, number> {
  const now: Record<string, number> = {};
  const most: Record<string, number> = {};
  for (const line of lines) {
    const [sign, session = '', user = '', model = '', worker = ''] = line.split(' ');
    const key = keyOf({ session, user, model, worker });
    now[key] = (now[key] ?? 0) + (sign === '+' ? 1 : -1);
    most[key] = Math.max(most[key] ?? 0, now[key]);
  }
  return most;
}

interface Work {
  readonly session: string;
  readonly user: string;
  readonly model: string;
  readonly worker: string;
}

describe.skipIf(!hasPostgres)('Limits', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  /** Holds until it is let go. */
  const hold = { script: 'hold', calls: 1 };

  test('hold per worker and per user, and nobody waits for another one’s backlog', async () => {
    const { client, worker, lines, release } = await freshGround(postgres);
    const ids: string[] = [];
    for (let at = 0; at < 14; at++)
      ids.push((await client.start({ prompt: 'x', user: 'busy', settings: hold })).id);
    const last = await client.start({ prompt: 'x', user: 'other', settings: hold });
    const concurrency = { perWorker: 3, perUser: 2 };
    await worker({ name: 'one', concurrency });
    await worker({ name: 'two', concurrency });
    await until('two of the one and one of the other hold', () => lines('held').length >= 3);
    release(last.id);
    await client.result(last.id);
    const left = await Promise.all(ids.map(async (id) => (await client.status(id)).state));
    expect(left.filter((state) => state === 'queued')).toHaveLength(12);
    for (const id of ids) release(id);
    for (const id of ids) expect(await client.result(id)).toMatchObject({ state: 'ended' });
    expect(maximum(lines('work'), ({ user }) => user)).toEqual({ busy: 2, other: 1 });
    for (const most of Object.values(maximum(lines('work'), (work) => work.worker))) {
      expect(most).toBeLessThanOrEqual(3);
    }
  });

  test('hold per worker when there is no other limit', async () => {
    const { client, worker, lines, release } = await freshGround(postgres);
    const ids: string[] = [];
    for (let at = 0; at < 12; at++) ids.push((await client.start({ prompt: 'x', settings: hold })).id);
    await worker({ name: 'one', concurrency: { perWorker: 2 } });
    await worker({ name: 'two', concurrency: { perWorker: 2 } });
    await until('both are full', () => lines('held').length >= 4);
    for (const id of ids) release(id);
    for (const id of ids) await client.result(id);
    expect(maximum(lines('work'), (work) => work.worker)).toEqual({ one: 2, two: 2 });
  });

  // Long enough to meet, short enough for the test.
  const settings = { calls: 3, waitMs: 60 };

  test('hold per model, per user and per worker together, also when a worker dies', async () => {
    const { client, worker, lines } = await freshGround(postgres);
    const ids: string[] = [];
    for (let at = 0; at < 24; at++) {
      const task = { user: ['ann', 'bob', 'cem'][at % 3]!, model: at % 2 === 0 ? 'big' : 'small' };
      ids.push((await client.start({ prompt: 'x', settings, ...task })).id);
    }
    const concurrency = { perWorker: 4, perModel: 2, perUser: 3 };
    await worker({ name: 'one', concurrency });
    const two = await worker({ name: 'two', concurrency });
    await until('some are done', () => lines('work').filter((line) => line.startsWith('-')).length >= 6);
    await two.kill();
    for (const id of ids) expect(await client.result(id)).toMatchObject({ state: 'ended' });
    // Of what the dead one was at the end was never written down, so its runs count as over with it.
    const written = lines('work');
    const ofTheDead = written.filter((line) => line.startsWith('+') && line.endsWith(' two'));
    const open = ofTheDead.filter((line) => !written.includes(line.replace('+', '-')));
    const kept = written.filter((line) => !open.includes(line));
    expect(maximum(kept, ({ model }) => model)).toEqual({ big: 2, small: 2 });
    for (const most of Object.values(maximum(kept, ({ user }) => user))) expect(most).toBeLessThanOrEqual(3);
  });

  test('a process has one worker, and a name is one worker’s', async () => {
    const { url, worker } = await freshGround(postgres);
    await worker({ name: 'taken' });
    const options = { databaseUrl: url, agent: () => Promise.reject(new Error('No run was expected.')) };
    await expect(createWorker({ ...options, name: 'taken' })).rejects.toMatchObject({ code: 'session-busy' });
    const first = await createWorker(options);
    const second = await createWorker(options).catch((error: unknown) => error);
    expect(second).toMatchObject({ code: 'invalid-options', message: 'This process has a worker already.' });
    await first.stop();
    const third = await createWorker({ ...options, name: 'again' });
    expect(third.name).toBe('again');
    await third.stop();
    await expect(createWorker({ ...options, concurrency: { perUser: 0 } })).rejects.toMatchObject({
      code: 'invalid-options',
    });
    const misspelt = { ...options, concurrency: { peruser: 3 } } as typeof options;
    await expect(createWorker(misspelt)).rejects.toMatchObject({
      code: 'invalid-options',
      message: 'There is no limit concurrency.peruser.',
    });
  });
});
