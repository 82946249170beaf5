import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Accounts, Model, Verdict } from '../../src/core/index.ts';
import { localAccounts } from '../../src/gateway/index.ts';
import { directory, errorOf, generating, keyOf, post, running } from './fixtures.ts';

const PATH = '/chat/completions';
const ASK = { model: 'kimi', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] };
const BEARER = { authorization: 'Bearer k' };

/** A model whose answers cost a dollar, and come when the test lets them. */
function held() {
  const waiting: (() => void)[] = [];
  const model: Model = {
    ...generating(async function* (_, signal) {
      const gone = once(signal, 'abort').catch(() => {});
      await Promise.race([new Promise<void>((resolve) => waiting.push(resolve)), gone]);
      yield [
        { type: 'text-delta', delta: 'Hi' },
        {
          type: 'finish',
          reason: 'stop',
          usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 },
        },
      ];
    }),
    prices: { input: 0, cachedInput: 0, output: 1e6 },
  };
  const asked = async (count: number) => {
    while (waiting.length < count) await new Promise(setImmediate);
  };
  return { models: directory({ name: 'kimi', model }), waiting, asked };
}

test('a request that does not fit beside others waits until they have told what they cost', async () => {
  const { models, waiting, asked } = held();
  const { baseURL, gateway } = await running({ models, keys: [keyOf('k', { monthlyBudget: 2 })] });
  const replies = [1, 2, 3, 4].map(() => post(baseURL + PATH, ASK, BEARER));
  await asked(2);
  while (gateway.open < 4) await new Promise(setImmediate);
  expect(waiting).toHaveLength(2);
  for (const go of waiting) go();
  const statuses = (await Promise.all(replies)).map(({ status }) => status);
  expect(statuses.sort()).toEqual([200, 200, 429, 429]);
  expect(waiting).toHaveLength(2);
  expect(await gateway.metrics()).toContain('perigee_admissions_total{outcome="spent"} 2\n');
});

test('who waits in vain is told to come back, and that the budget is not used up', async () => {
  const { models, waiting, asked } = held();
  const keys = [keyOf('k', { monthlyBudget: 1 })];
  const { baseURL } = await running({ models, keys, limits: { budgetWaitMs: 20 } });
  const first = post(baseURL + PATH, ASK, BEARER);
  await asked(1);
  const second = await post(baseURL + PATH, ASK, BEARER);
  expect(second.status).toBe(429);
  expect(second.headers.get('retry-after')).toBe('5');
  expect(await errorOf(second)).toMatchObject({
    code: 'rate_limit_exceeded',
    message: expect.stringContaining('budget of $1 of the key id-of-k is held for its requests'),
  });
  waiting[0]!();
  expect((await first).status).toBe(200);
});

test('a client that leaves while it waits pays nothing, and holds nothing', async () => {
  const { models, waiting, asked } = held();
  const { baseURL, gateway, logged } = await running({ models, keys: [keyOf('k', { monthlyBudget: 2 })] });
  const ask = { ...ASK, max_tokens: 2 };
  const first = post(baseURL + PATH, ask, BEARER);
  await asked(1);
  const leaving = new AbortController();
  const gone = post(baseURL + PATH, ask, BEARER, { signal: leaving.signal }).catch(() => {});
  const waits = post(baseURL + PATH, ask, BEARER);
  while (gateway.open < 3) await new Promise(setImmediate);
  leaving.abort();
  await gone;
  await logged(1);
  waiting[0]!();
  expect((await first).status).toBe(200);
  await asked(2);
  waiting[1]!();
  expect((await waits).status).toBe(200);
  const left = (await logged(3)).find(({ status }) => status === 499);
  expect(left).not.toHaveProperty('cost');
});

test('accounts that fail while somebody waits are asked again, and end nothing', async () => {
  const { models, waiting, asked } = held();
  const alone = localAccounts();
  let failures = 0;
  const accounts: Accounts = {
    keepsKeys: false,
    find: (hash, fresh) => alone.find(hash, fresh),
    settle: (settlement) => alone.settle(settlement),
    close: () => alone.close(),
    admit(question) {
      const verdict = alone.admit(question) as Verdict;
      if (verdict.is === 'held' && failures++ > 0 && failures < 4) throw new Error('disk I/O error');
      return verdict;
    },
  };
  const { baseURL } = await running({ models, accounts, keys: [keyOf('k', { monthlyBudget: 1 })] });
  const first = post(baseURL + PATH, ASK, BEARER);
  await asked(1);
  const second = post(baseURL + PATH, ASK, BEARER);
  while (failures < 5) await new Promise(setImmediate);
  waiting[0]!();
  expect((await first).status).toBe(200);
  expect((await second).status).toBe(429);
});

test('what clients count is no budget: without max_tokens all that the model can write is held', async () => {
  const { models, waiting, asked } = held();
  const [served] = models.list();
  const one = directory({ ...served!, maxOutput: 3 });
  const { baseURL } = await running({
    models: one,
    keys: [keyOf('k', { monthlyBudget: 5 })],
    limits: { budgetWaitMs: 20 },
  });
  const { max_tokens: _, ...open } = ASK;
  const first = post(baseURL + PATH, open, BEARER);
  await asked(1);
  expect((await post(baseURL + PATH, open, BEARER)).status).toBe(429);
  const small = post(baseURL + PATH, ASK, BEARER);
  await asked(2);
  for (const go of waiting) go();
  expect([(await first).status, (await small).status]).toEqual([200, 200]);
});
