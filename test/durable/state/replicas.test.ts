import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Database, MIGRATIONS, postgresAccounts } from '../../../src/durable/index.ts';
import { localAccounts } from '../../../src/gateway/index.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';
import { ask, inDatabase, keyOf, NOON, until } from './accounts-ground.ts';

describe.skipIf(!hasPostgres)('replicas on one database', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);
  afterAll(() => postgres?.remove());

  /** So many replicas; connections are few, since all are in this process. */
  const replicas = async (count: number, url: string) =>
    Promise.all(Array.from({ length: count }, () => inDatabase(url)));

  test('a rate is one rate, and a budget one budget, whoever is asked', async () => {
    const all = await replicas(4, await postgres.freshUrl());
    const rated = keyOf('rated', { requestsPerMinute: 37 });
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(all[i % 4]!, rated)));
    expect(answers.filter(({ is }) => is === 'admitted')).toHaveLength(37);
    const rich = keyOf('rich', { monthlyBudget: 50 });
    let through = 0;
    const one = async (i: number) => {
      const ground = all[i % 4]!;
      for (;;) {
        const asked = await ask(ground, rich, { most: 1.3 });
        if (asked.is === 'spent') return;
        if (asked.is !== 'admitted') continue;
        through++;
        asked.settle(1);
        return;
      }
    };
    await Promise.all(Array.from({ length: 120 }, (_, i) => one(i)));
    expect(through).toBe(50);
    await Promise.all(all.map((ground) => ground.settled()));
    expect((await all[0]!.books!.spentOf('2026-11')).get('rich')).toBe(50);
  }, 60_000);

  test('what a replica holds that gives no sign of life becomes free; what a living one holds stays', async () => {
    const url = await postgres.freshUrl();
    const key = keyOf('k', { monthlyBudget: 1 });
    const dead = await inDatabase(url, { beatMs: 1e8 });
    expect((await ask(dead, key, { most: 1 })).is).toBe('admitted');
    const living = await inDatabase(url, { beatMs: 50 });
    expect((await ask(living, key, { most: 1 })).is).toBe('held');
    // As it is a minute later.
    await postgres.sql(
      url,
      `UPDATE perigee.accounts_replicas SET seen_at = seen_at - interval '1 minute'
         WHERE id = (SELECT replica FROM perigee.accounts_holds);
       UPDATE perigee.accounts_holds SET at = at - interval '1 minute'`,
    );
    let taken = await ask(living, key, { most: 1 });
    // What was admitted once is held from then on, by nobody but this replica.
    await until(async () => {
      if (taken.is !== 'admitted') taken = await ask(living, key, { most: 1 });
      return taken.is === 'admitted';
    });
    const third = await inDatabase(url, { beatMs: 50 });
    await postgres.sql(url, `UPDATE perigee.accounts_holds SET at = at - interval '1 hour'`);
    const signs = () => postgres.sql(url, 'SELECT min(seen_at) FROM perigee.accounts_replicas');
    for (let beat = 0; beat < 5; beat++) {
      const before = await signs();
      await until(async () => (await signs()) !== before);
      expect((await ask(third, key, { most: 1 })).is).toBe('held');
    }
    taken.settle(1);
    await living.settled();
    expect((await ask(third, key, { most: 1 })).is).toBe('spent');
  }, 30_000);

  test('a crash of the server forgets rates and holds; a replica holds again what it still answers', async () => {
    const url = await postgres.freshUrl();
    const key = keyOf('k', { monthlyBudget: 1 });
    const ground = await inDatabase(url, { beatMs: 50, tell: () => {} });
    const other = await inDatabase(url, { beatMs: 50, tell: () => {} });
    const running = await ask(ground, key, { most: 1 });
    expect(running.is).toBe('admitted');
    await postgres.stop('immediate');
    await postgres.start();
    const isUp = () => ground.accounts.state!().up && other.accounts.state!().up;
    await until(async () => (await postgres.sql(url, 'SELECT count(*) FROM perigee.accounts_holds')) === '1');
    await until(isUp);
    expect((await ask(other, key, { most: 1 })).is).toBe('held');
    running.settle(1);
    await ground.settled();
    expect((await ask(other, key, { most: 1 })).is).toBe('spent');
  }, 60_000);

  test('while the database is away the choice holds, and what was used is written when it is back', async () => {
    const url = await postgres.freshUrl();
    const said: string[] = [];
    const options = { beatMs: 50, tell: (text: string) => void said.push(text) };
    const closed = await inDatabase(url, { ...options, fail: { budgets: 'closed', rates: 'closed' } });
    const open = await inDatabase(url, { ...options, fail: { budgets: 'open', rates: 'open' } });
    const rich = keyOf('rich', { monthlyBudget: 3 });
    const rated = keyOf('rated', { requestsPerMinute: 2 });
    const kept = keyOf('kept', { requestsPerMinute: 100 });
    await open.books!.addKey(kept);
    await open.books!.addKey(keyOf('unseen'));
    expect((await ask(open, rich, { most: 1 })).is).toBe('admitted');
    (await ask(closed, rich, { most: 1 })).settle(1);
    await closed.settled();
    const before = await ask(open, rich, { most: 1 });
    expect((await ask(open, kept, { kept: true })).is).toBe('admitted');
    await postgres.stop();
    before.settle(1);
    await until(() => !open.accounts.state!().up && !closed.accounts.state!().up);
    expect((await ask(closed, rich, { most: 1 })).verdict).toMatchObject({ is: 'away', what: 'budget' });
    expect((await ask(closed, rated)).verdict).toMatchObject({ is: 'away', what: 'rates' });
    expect((await ask(closed, keyOf('free'))).is).toBe('admitted');
    // Alone it knows what was spent when it last asked, and counts on from there.
    const away = await ask(open, rich, { most: 0.5 });
    expect(away.verdict).toMatchObject({ is: 'admitted', away: true });
    away.settle(1);
    expect((await ask(open, rich, { most: 1 })).is).toBe('spent');
    const rates = [await ask(open, rated), await ask(open, rated), await ask(open, rated)];
    expect(rates.map(({ is }) => is)).toEqual(['admitted', 'admitted', 'limited']);
    expect((await ask(open, kept, { kept: true })).verdict).toMatchObject({ is: 'admitted', away: true });
    expect((await ask(open, keyOf('unseen'), { kept: true })).verdict).toMatchObject({
      is: 'away',
      what: 'key',
    });
    await expect(
      Promise.resolve().then(() => open.accounts.find(keyOf('unseen').hash, false)),
    ).rejects.toMatchObject({
      code: 'gateway-unavailable',
    });
    expect(open.accounts.state!()).toMatchObject({ up: false, admittedAway: 4, backlog: 2 });
    await postgres.start();
    await until(() => open.accounts.state!().up && closed.accounts.state!().up);
    await open.settled();
    expect((await open.books!.spentOf('2026-11')).get('rich')).toBe(3);
    expect((await ask(closed, rich, { most: 1 })).is).toBe('spent');
    await open.books!.revokeKey('kept', NOON);
    expect((await ask(open, kept, { kept: true })).is).toBe('unknown');
    expect(said.filter((text) => text.includes('is away'))).toHaveLength(2);
    expect(said.filter((text) => text.includes('kept there again'))).toHaveLength(2);
    expect(said.join('\n')).toContain('requests of keys with a budget are refused');
  }, 60_000);

  test('what the database cannot take of one request is no outage for the others', async () => {
    const told: string[] = [];
    const ground = await inDatabase(await postgres.freshUrl(), { tell: (text) => told.push(text) });
    const key = keyOf('k', { monthlyBudget: 5, models: ['kimi'] });
    await ground.books!.addKey(key);
    expect((await ask(ground, key, { kept: true, model: 'ki\0mi' })).is).toBe('forbidden');
    expect((await ask(ground, key, { kept: true, model: 'kimi' })).is).toBe('admitted');
    const other = { ...keyOf('other', { monthlyBudget: 5 }), hash: 'no\0hash' };
    expect((await ask(ground, other, { kept: true })).is).toBe('away');
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/would not count a request: .*0x00/);
    expect(ground.accounts.state!().up).toBe(true);
    expect((await ask(ground, key, { kept: true, model: 'kimi' })).is).toBe('admitted');
  });

  test('a batch that is written again, because nobody knew that it was, counts once', async () => {
    const url = await postgres.freshUrl();
    const ground = await inDatabase(url);
    const settle = `SELECT perigee.accounts_settle_1('b', ARRAY[]::text[], ARRAY[0.0], ARRAY['k'], ARRAY['m'], ARRAY['u'],
      ARRAY[1], ARRAY[1], ARRAY[0], ARRAY[1], ARRAY[5], ARRAY[0], ARRAY['k'], ARRAY['2026-11'], ARRAY[5000000000],
      ARRAY['k'], ARRAY[2], NULL)`;
    await Promise.all([postgres.sql(url, settle), postgres.sql(url, settle), postgres.sql(url, settle)]);
    expect((await ground.books!.spentOf('2026-11')).get('k')).toBe(5);
  });

  test('a gateway that ends has written everything, and holds nothing any more', async () => {
    const url = await postgres.freshUrl();
    const database = await Database.open({ databaseUrl: url }, MIGRATIONS);
    const accounts = await postgresAccounts({ database, alone: localAccounts, now: () => NOON });
    const key = keyOf('k', { monthlyBudget: 100 });
    const requests = Array.from({ length: 20 }, () => randomUUID());
    for (const request of requests) {
      expect(await accounts.admit({ request, key, kept: false, most: 1, now: NOON })).toMatchObject({
        is: 'admitted',
      });
    }
    const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 };
    for (const request of requests.slice(1)) accounts.settle({ request, key, now: NOON, usage, cost: 1 });
    await accounts.close();
    await database.close();
    expect(await postgres.sql(url, 'SELECT spent / 1e9 FROM perigee.accounts_spent')).toMatch(/^19\.0+$/);
    expect(await postgres.sql(url, 'SELECT count(*) FROM perigee.accounts_holds')).toBe('0');
    expect(await postgres.sql(url, 'SELECT running, held FROM perigee.accounts_meters')).toBe('0|0');
  });
});
