import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Database, MIGRATIONS, postgresState } from '../../../src/durable/index.ts';
import type { Migration } from '../../../src/durable/postgres/migrations.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';
import { ask, inDatabase, keyOf } from './accounts-ground.ts';

/** What a later version may do while an earlier one works: add to each table, and nothing else. */
const LATER: Migration = {
  version: 1_000_000,
  name: 'later',
  sql: (schema) =>
    [
      ...['keys', 'spent', 'usage', 'batches', 'meters', 'holds', 'replicas', 'secrets'].map(
        (name) => `accounts_${name}`,
      ),
      'gateway_responses',
      'gateway_reasoning',
      'gateway_breakers',
    ]
      .map((table) => `ALTER TABLE ${schema}.${table} ADD COLUMN later text NOT NULL DEFAULT 'x';`)
      .join('\n'),
};

const bytes = (text: string) => new TextEncoder().encode(text);

describe.skipIf(!hasPostgres)('two versions on one database', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  test('work at once while the later one changes the tables, and count as one', async () => {
    const databaseUrl = await postgres.freshUrl();
    const earlier = await inDatabase(databaseUrl);
    const state = await postgresState(earlier.database, databaseUrl);
    onTestFinished(() => state.close());
    const key = keyOf('k', { monthlyBudget: 1e6, requestsPerMinute: 1e6, tokensPerMinute: 1e6 });
    const verdicts: string[] = [];
    let wanted = 0;
    const load = async (ground: typeof earlier, least: number) => {
      for (let asked = 0; asked < least || wanted > 0; asked++) {
        const one = await ask(ground, key, { most: 0.1 });
        verdicts.push(one.is);
        one.settle(0.1);
        const name = `${verdicts.length}`;
        await state.reasoning.put([{ key: name, digest: '1', body: bytes('r') }]);
        await state.responses.put([
          { key: name, answer: bytes('a'), items: bytes('i'), messages: bytes('m') },
        ]);
        expect((await state.reasoning.find([name])).get(name)).toBeInstanceOf(Uint8Array);
      }
    };
    wanted = 1;
    const before = Array.from({ length: 6 }, () => load(earlier, 10));
    onTestFinished(async () => {
      wanted = 0;
      await Promise.allSettled(before);
    });
    while (verdicts.length < 12) await new Promise(setImmediate);
    const opened = await Database.open({ databaseUrl }, [...MIGRATIONS, LATER]);
    await opened.close();
    const later = await inDatabase(databaseUrl);
    const after = Array.from({ length: 6 }, () => load(later, 10));
    await Promise.all(Array.from({ length: 10 }, () => ask(later, key, { most: 0.1 })));
    wanted = 0;
    await Promise.all([...before, ...after]);
    expect(new Set(verdicts)).toEqual(new Set(['admitted']));
    await earlier.settled();
    await later.settled();
    expect(earlier.accounts.state!()).toMatchObject({ up: true, admittedAway: 0 });
    const spent = await later.books!.spentOf('2026-11');
    expect(spent.get('k')).toBeCloseTo(verdicts.length * 0.1, 6);
    const rows = await later.books!.usage('2026-11');
    expect(rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(verdicts.length);
    // One that knows less begins beside it, too.
    await (await Database.open({ databaseUrl }, MIGRATIONS)).close();
  }, 60_000);
});
