import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';
import {
  ask,
  type Ground,
  inDatabase,
  inFile,
  inMemory,
  keyOf,
  NOON,
  refused,
  until,
} from './accounts-ground.ts';

let postgres: Postgres;
if (hasPostgres) {
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);
  afterAll(() => postgres?.remove());
}

const PLACES: readonly (readonly [name: string, make: () => Ground | Promise<Ground>])[] = [
  ['in memory', inMemory],
  ['in a file', inFile],
  ...(hasPostgres ? [['on Postgres', async () => inDatabase(await postgres.freshUrl())] as const] : []),
];

describe.each(PLACES)('accounts %s', (_, make) => {
  test('a key without limits is admitted at once, and any number of times', async () => {
    const ground = await make();
    const key = keyOf('free');
    const verdict = ground.accounts.admit({ request: 'a', key, kept: false, most: 9, now: ground.now });
    expect(verdict).toEqual({ is: 'admitted', key });
  });

  test('never more requests than allowed in any 60 seconds, and the wait that is told is enough', async () => {
    const ground = await make();
    const key = keyOf('k', { requestsPerMinute: 3 });
    const admittedAt: number[] = [];
    for (let i = 0; i < 300; i++) {
      const { is } = await ask(ground, key);
      if (is === 'admitted') admittedAt.push(ground.now);
      ground.now += 700;
    }
    for (const [i, at] of admittedAt.entries()) {
      const later = admittedAt[i + 3];
      if (later !== undefined) expect(later - at).toBeGreaterThanOrEqual(60_000);
    }
    // Nor much fewer: three in each 61 seconds of the 210.
    expect(admittedAt.length).toBeGreaterThanOrEqual(10);
    while ((await ask(ground, key)).is === 'admitted');
    const { verdict } = await ask(ground, key);
    if (verdict.is !== 'limited') throw new Error(`it is ${verdict.is}`);
    expect(verdict).toMatchObject({ what: 'requests', limit: 3 });
    expect(verdict.retryAfterMs).toBeGreaterThan(0);
    expect(verdict.retryAfterMs).toBeLessThanOrEqual(61_000);
    ground.now += Math.ceil(verdict.retryAfterMs);
    expect((await ask(ground, key)).is).toBe('admitted');
  });

  test('a minute in which nothing was asked leaves nothing of the one before', async () => {
    const ground = await make();
    const key = keyOf('k', { requestsPerMinute: 2, tokensPerMinute: 50 });
    for (const gap of [0, 0, 61_000, 0, 3_600_000, 0]) {
      ground.now += gap;
      expect((await ask(ground, key)).is).toBe('admitted');
    }
  });

  test('tokens count once they are settled, until a minute later', async () => {
    const ground = await make();
    const key = keyOf('k', { tokensPerMinute: 100 });
    const first = await ask(ground, key);
    first.settle(0, 99);
    await ground.settled();
    const second = await ask(ground, key);
    expect(second.is).toBe('admitted');
    second.settle(0, 5);
    await ground.settled();
    expect(refused((await ask(ground, key)).verdict)).toBe('tokens');
    ground.now += 61_000;
    expect((await ask(ground, key)).is).toBe('admitted');
  });

  test('what is refused counts as nothing', async () => {
    const ground = await make();
    const key = keyOf('k', { requestsPerMinute: 1, monthlyBudget: 10 });
    expect((await ask(ground, key, { most: 10 })).is).toBe('admitted');
    for (let i = 0; i < 5; i++) expect((await ask(ground, key, { most: 10 })).is).toBe('limited');
    ground.now += 61_000;
    // The budget does not let it in, and that is no request of this minute either.
    for (let i = 0; i < 5; i++) expect((await ask(ground, key, { most: 10 })).is).toBe('held');
  });

  test('what answers may cost is held until they are settled, and then what they cost is spent', async () => {
    const ground = await make();
    const key = keyOf('k', { monthlyBudget: 10 });
    const [a, b] = [await ask(ground, key, { most: 4 }), await ask(ground, key, { most: 4 })];
    expect([a.is, b.is]).toEqual(['admitted', 'admitted']);
    expect((await ask(ground, key, { most: 4 })).verdict).toEqual({ is: 'held', budget: 10 });
    a.settle(1.5);
    await ground.settled();
    const c = await ask(ground, key, { most: 4 });
    expect(c.is).toBe('admitted');
    b.settle(4);
    c.settle(4);
    await ground.settled();
    // 9.5 are spent: with nothing else on its way the next one may cost more than is left, once.
    const last = await ask(ground, key, { most: 4 });
    expect(last.is).toBe('admitted');
    expect((await ask(ground, key, { most: 0.1 })).is).toBe('held');
    expect((await ask(ground, key, { most: 4 })).is).toBe('held');
    last.settle(0.5);
    await ground.settled();
    expect((await ask(ground, key, { most: 4 })).verdict).toEqual({ is: 'spent', budget: 10 });
  });

  test('a budget begins anew with the month, in UTC', async () => {
    const ground = await make();
    const key = keyOf('k', { monthlyBudget: 1 });
    ground.now = Date.UTC(2026, 10, 30, 23, 59, 59);
    (await ask(ground, key, { most: 1 })).settle(1);
    await ground.settled();
    expect((await ask(ground, key)).is).toBe('spent');
    ground.now += 1000;
    expect((await ask(ground, key)).is).toBe('admitted');
  });

  test('a request that is settled twice, or was never admitted, counts once or not at all', async () => {
    const ground = await make();
    const key = keyOf('k', { monthlyBudget: 3 });
    const once = await ask(ground, key, { most: 1 });
    for (let i = 0; i < 5; i++) once.settle(1);
    ground.accounts.settle({
      request: 'never admitted',
      key,
      now: ground.now,
      usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 },
      cost: 5,
    });
    await ground.settled();
    expect((await ask(ground, key, { most: 1 })).is).toBe('admitted');
  });

  test('a request that took nothing frees what was held for it', async () => {
    const ground = await make();
    const key = keyOf('k', { monthlyBudget: 1 });
    for (let i = 0; i < 3; i++) {
      const request = `r${i}`;
      await ground.accounts.admit({ request, key, kept: false, most: 1, now: ground.now });
      expect((await ask(ground, key, { most: 1 })).is).toBe('held');
      ground.accounts.settle({ request, key, now: ground.now });
      await ground.settled();
      await until(async () => {
        const again = await ask(ground, key, { most: 0.001 });
        again.settle(0);
        return again.is === 'admitted';
      });
      await ground.settled();
    }
  });

  test('1,000 requests at once that cost a dollar each: 250 go through a budget of 250', async () => {
    const ground = await make();
    const key = keyOf('k', { monthlyBudget: 250 });
    let through = 0;
    const one = async () => {
      for (;;) {
        const asked = await ask(ground, key, { most: 1.5 });
        if (asked.is === 'spent') return;
        if (asked.is === 'admitted') {
          through++;
          await new Promise(setImmediate);
          asked.settle(1);
          return;
        }
        expect(asked.is).toBe('held');
        await ground.settled();
        await new Promise(setImmediate);
      }
    };
    await Promise.all(Array.from({ length: 1000 }, one));
    expect(through).toBe(250);
  }, 60_000);

  test('ids of keys may be anything, and differ as they differ', async () => {
    const ground = await make();
    const ids = [
      'a\0b',
      'a\ud800b',
      'a\udc00b',
      "'; DROP TABLE x; --",
      '{"a",b}',
      '\\',
      '',
      'NULL',
      'x'.repeat(5000),
      `${'x'.repeat(5000)}y`,
      '日本語',
      '__proto__',
    ];
    for (const id of ids) {
      const key = keyOf(id, { requestsPerMinute: 1, monthlyBudget: 1 });
      const first = await ask(ground, key, { most: 1 });
      expect(first.is, id.slice(0, 20)).toBe('admitted');
      expect((await ask(ground, key, { most: 1 })).is).toBe('limited');
      first.settle(1);
    }
    await ground.settled();
    for (const id of ids)
      expect((await ask(ground, keyOf(id, { monthlyBudget: 1 }))).is, id.slice(0, 20)).toBe('spent');
  });

  test('what hosts count may be anything, and spoils nothing', async () => {
    const ground = await make();
    const key = keyOf('k', { monthlyBudget: 5, tokensPerMinute: 1e9 });
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, -5, 1.5, 1e300]) {
      const request = `r${number}`;
      await ground.accounts.admit({ request, key, kept: false, most: 0.001, now: ground.now });
      const usage = { inputTokens: number, cachedInputTokens: number, outputTokens: 0 };
      ground.accounts.settle({ request, key, now: ground.now, usage: { ...usage, inputTokens: 1 }, cost: 0 });
      ground.accounts.settle({ request: `${request}x`, key, now: ground.now, usage });
    }
    await ground.settled();
    expect((await ask(ground, key)).is).toBe('admitted');
  });

  test('what an answer may cost may be anything, and spoils nothing for it and for others', async () => {
    const ground = await make();
    for (const [i, most] of [1e11, 1e300, Number.POSITIVE_INFINITY, Number.NaN].entries()) {
      const key = keyOf(`k${i}`, { monthlyBudget: 5 });
      const small = await ask(ground, key, { most: 0.1 });
      expect((await ask(ground, key, { most })).is, `${most}`).toBe(most > 0 ? 'held' : 'admitted');
      small.settle(0.1);
      await ground.settled();
      const alone = await ask(ground, key, { most });
      expect(alone.is, `${most}`).toBe('admitted');
      if (most > 0) expect((await ask(ground, key, { most: 0.1 })).is, `${most}`).toBe('held');
      alone.settle(1);
      await ground.settled();
      expect((await ask(ground, key, { most: 4 })).is, `${most}`).toBe('admitted');
      expect((await ask(ground, key, { most: 4 })).is, `${most}`).toBe('held');
    }
  });

  test('a clock that goes back forgets nothing', async () => {
    const ground = await make();
    const key = keyOf('k', { requestsPerMinute: 1 });
    expect((await ask(ground, key)).is).toBe('admitted');
    ground.now -= 30_000;
    expect((await ask(ground, key)).is).toBe('limited');
    ground.now = NOON + 61_000;
    expect((await ask(ground, key)).is).toBe('admitted');
  });
});

describe.each(PLACES.filter(([name]) => name !== 'in memory'))('keys that are kept %s', (_, make) => {
  test('are found by their hash, limited by what is kept, and changes count at once', async () => {
    const ground = await make();
    const books = ground.books!;
    const key = keyOf('alice', { models: ['kimi'], requestsPerMinute: 1, monthlyBudget: 2.5 });
    expect(await ground.accounts.find(key.hash, true)).toBeUndefined();
    await books.addKey(key);
    expect(await ground.accounts.find(key.hash, false)).toEqual(key);
    const kept = { kept: true, model: 'kimi' };
    expect((await ask(ground, key, kept)).is).toBe('admitted');
    expect((await ask(ground, key, kept)).is).toBe('limited');
    expect(
      await books.changeKey('alice', { requestsPerMinute: null, monthlyBudget: 7, models: ['other'] }),
    ).toBe(true);
    expect((await ask(ground, key, kept)).verdict).toMatchObject({
      is: 'forbidden',
      key: { models: ['other'] },
    });
    expect((await ask(ground, key, { kept: true, model: 'other' })).verdict).toEqual({
      is: 'admitted',
      key: { id: 'alice', hash: key.hash, models: ['other'], monthlyBudget: 7 },
    });
    expect(await books.revokeKey('alice', ground.now)).toBe(true);
    expect((await ask(ground, key, kept)).is).toBe('unknown');
    expect(await ground.accounts.find(key.hash, true)).toBeUndefined();
    expect(await books.revokeKey('alice', ground.now)).toBe(false);
    expect(await books.changeKey('alice', {})).toBe(false);
  });

  test('one name is one key at a time; another key under it goes on with its account', async () => {
    const ground = await make();
    const books = ground.books!;
    await books.addKey(keyOf('alice'));
    await expect(books.addKey({ ...keyOf('other'), id: 'alice' })).rejects.toMatchObject({
      code: 'invalid-options',
    });
    await books.revokeKey('alice', ground.now);
    await books.addKey({ ...keyOf('other'), id: 'alice' });
    expect((await books.keys()).map(({ id, revokedAt }) => [id, revokedAt !== undefined])).toEqual([
      ['alice', true],
      ['alice', false],
    ]);
  });

  test('names and limits that are none are refused', async () => {
    const { books } = await make();
    for (const key of [
      keyOf(''),
      keyOf('a b'),
      keyOf('a\0'),
      keyOf('-a'),
      { id: 'a', hash: 'plain' },
      keyOf('a', { requestsPerMinute: 0 }),
      keyOf('a', { requestsPerMinute: 0.5 }),
      keyOf('a', { tokensPerMinute: Number.NaN }),
      keyOf('a', { monthlyBudget: -1 }),
    ]) {
      await expect(books!.addKey(key)).rejects.toMatchObject({ code: 'invalid-options' });
    }
  });

  test('usage is a row for each hour, key, model and upstream, and is that of a month', async () => {
    const ground = await make();
    const key = keyOf('k', { monthlyBudget: 100 });
    for (const [hours, cost] of [
      [0, 1],
      [0, 2],
      [1, 0.25],
      [24 * 30, 4],
    ] as const) {
      ground.now = NOON + hours * 3_600_000;
      (await ask(ground, key, { most: 5 })).settle(cost);
    }
    await ground.settled();
    const row = { key: 'k', model: 'kimi', upstream: 'host', estimated: 0 };
    const hour = Date.UTC(2026, 10, 15, 12);
    expect(await ground.books!.usage('2026-11')).toEqual([
      { ...row, hour, requests: 2, inputTokens: 18, cachedInputTokens: 4, outputTokens: 2, cost: 3 },
      {
        ...row,
        hour: hour + 3_600_000,
        requests: 1,
        inputTokens: 9,
        cachedInputTokens: 2,
        outputTokens: 1,
        cost: 0.25,
      },
    ]);
    expect(await ground.books!.usage('2026-12')).toMatchObject([{ cost: 4 }]);
  });
});
