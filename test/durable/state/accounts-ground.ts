import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AccountBooks, AccountKey, Accounts, Asked, Verdict } from '../../../src/core/index.ts';
import {
  Database,
  MIGRATIONS,
  type PostgresAccountsOptions,
  postgresAccounts,
  postgresBooks,
  sqliteAccounts,
} from '../../../src/durable/index.ts';
import { localAccounts } from '../../../src/gateway/index.ts';

/** Accounts under test, with a clock that the test sets. */
export interface Ground {
  readonly accounts: Accounts;
  /** Absent: what is in memory keeps no keys. */
  readonly books?: AccountBooks;
  /** Milliseconds since 1970. */
  now: number;
  /** Resolves when all that was settled counts. */
  settled(): Promise<void>;
}

/** A moment in the middle of a month, and of a second. */
export const NOON = Date.UTC(2026, 10, 15, 12, 0, 0, 400);

export function keyOf(id: string, rest: Partial<AccountKey> = {}): AccountKey {
  return { id, hash: createHash('sha256').update(id).digest('hex'), ...rest };
}

/** Asks for one request of a key; gives what became of it, and what settles it at a cost and so many tokens. */
export async function ask(ground: Ground, key: AccountKey, rest: Partial<Asked> = {}) {
  const request = randomUUID();
  const verdict = await ground.accounts.admit({
    request,
    key,
    kept: false,
    most: 0,
    now: ground.now,
    ...rest,
  });
  return {
    verdict,
    is: verdict.is,
    settle(cost: number, tokens = 10) {
      ground.accounts.settle({
        request,
        key: verdict.is === 'admitted' ? verdict.key : key,
        now: ground.now,
        model: 'kimi',
        upstream: 'host',
        usage: { inputTokens: tokens - 1, cachedInputTokens: 2, outputTokens: 1 },
        cost,
      });
    },
  };
}

export function inMemory(): Ground {
  return { accounts: localAccounts(), now: NOON, settled: async () => {} };
}

export async function inFile(path = join(freshFolder(), 'gateway.sqlite')): Promise<Ground> {
  const file = await sqliteAccounts(path);
  const accounts = localAccounts(file);
  onTestFinished(() => accounts.close().catch(() => {}));
  return { accounts, books: file, now: NOON, settled: async () => {} };
}

export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'perigee-accounts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A replica on a database. */
export async function inDatabase(
  databaseUrl: string,
  options: Partial<PostgresAccountsOptions> = {},
): Promise<Ground & { readonly database: Database }> {
  const database = await Database.open({ databaseUrl }, MIGRATIONS);
  const ground = { now: NOON };
  const accounts = await postgresAccounts({
    database,
    alone: localAccounts,
    now: () => ground.now,
    tell: (text) => console.error(text),
    ...options,
  });
  onTestFinished(async () => {
    await accounts.close();
    await database.close();
  });
  return Object.assign(ground, {
    accounts,
    database,
    books: postgresBooks(database),
    settled: () => until(() => accounts.state!().backlog === 0),
  });
}

/** Resolves when it is so; asks again and again, since a database tells nobody. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}

export function refused(verdict: Verdict): string {
  return verdict.is === 'limited' ? verdict.what : verdict.is;
}
