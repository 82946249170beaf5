import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sqliteAccounts } from '../../../src/durable/index.ts';
import { BackgroundSync } from '../../../src/durable/state/accounts/background-sync.ts';
import { freshFolder, keyOf, NOON, until } from './accounts-ground.ts';

const failing = (error: Error) => expect.unreachable(error.message);

test('of a file that is not there nothing is synced', () => {
  expect(BackgroundSync.of(join(freshFolder(), 'none'), failing)).toBeUndefined();
});

test('a file that is given up while it is being synced is closed once that has ended', async () => {
  const path = join(freshFolder(), 'log');
  writeFileSync(path, 'x');
  const before = openSync(path, 'r');
  closeSync(before);
  for (const starts of [0, 1, 3]) {
    const sync = BackgroundSync.of(path, failing)!;
    for (let i = 0; i < starts; i++) sync.start();
    sync.close();
    sync.close();
    sync.start();
    expect(sync.works).toBe(false);
  }
  // The lowest free descriptor is the one of before: none was left open.
  await until(() => {
    const now = openSync(path, 'r');
    closeSync(now);
    return now <= before;
  });
});

test('what was settled is in the file soon, for others too, and nothing is lost at the end', async () => {
  const path = join(freshFolder(), 'gateway.sqlite');
  const told: string[] = [];
  const [file, other] = [await sqliteAccounts(path, (text) => told.push(text)), await sqliteAccounts(path)];
  const settle = (now: number) =>
    file.settle({
      request: `r${now}`,
      key: keyOf('k'),
      now,
      model: 'kimi',
      upstream: 'host',
      usage: { inputTokens: 3, cachedInputTokens: 0, outputTokens: 2 },
      cost: 0.5,
    });
  const seen = async () => (await other.usage('2026-11'))[0];
  for (let round = 1; round <= 5; round++) {
    settle(NOON + round);
    await until(async () => (await seen())?.requests === round);
  }
  settle(NOON + 6);
  file.close();
  expect(await seen()).toMatchObject({ requests: 6, inputTokens: 18, outputTokens: 12, cost: 3 });
  other.close();
  expect(told).toEqual([]);
});
