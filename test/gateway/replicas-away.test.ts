import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, type Postgres, startPostgres } from '../postgres.ts';
import { kimi, post } from './fixtures.ts';
import { figuresOf, type Replica, replica } from './replicas.ts';

const model = 'kimi';
const client = (baseURL: string) => new OpenAI({ baseURL, apiKey: 'any', maxRetries: 0 });

async function waitingOf({ gateway }: Replica): Promise<number | undefined> {
  return (await figuresOf(gateway)).get('perigee_state_waiting_writes{store="responses"}');
}

describe.skipIf(!hasPostgres)('while the database is away', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  test('answers come, what memory has is served, what it lacks is to be asked for later', async () => {
    const databaseUrl = await postgres.freshUrl();
    const { models } = kimi(['Said.']);
    const a = await replica(databaseUrl, { models });
    const told: string[] = [];
    const b = await replica(databaseUrl, { models }, { tell: (text) => told.push(text) });
    const before = await client(a.baseURL).responses.create({ model, input: 'before' });
    await postgres.stop('immediate');
    const during: OpenAI.Responses.Response[] = [];
    try {
      for (let n = 0; n < 3; n++) {
        const previous = during.at(-1) ?? before;
        during.push(
          await client(a.baseURL).responses.create({
            model,
            input: `${n}`,
            previous_response_id: previous.id,
          }),
        );
      }
      expect(await client(a.baseURL).responses.retrieve(during[2]!.id)).toMatchObject({ id: during[2]!.id });
      for (const request of [
        () => post(`${b.baseURL}/responses`, { model, input: 'x', previous_response_id: before.id }),
        () => fetch(`${b.baseURL}/responses/${before.id}`),
        () => fetch(`${b.baseURL}/responses/${before.id}/input_items`),
        () => fetch(`${b.baseURL}/responses/${before.id}`, { method: 'DELETE' }),
      ]) {
        const refused = await request();
        expect(refused.status).toBe(503);
        expect(refused.headers.get('retry-after')).toBe('1');
        expect(await refused.text()).not.toMatch(/127\.0\.0\.1|ECONN|postgres:/);
      }
      const figures = await figuresOf(a.gateway);
      expect(figures.get('perigee_state_waiting_writes{store="responses"}')).toBe(3);
      expect(figures.get('perigee_state_failing{store="responses"}')).toBe(1);
      expect(figures.get('perigee_state_writes_total{store="responses",outcome="failed"}')).toBeGreaterThan(
        0,
      );
    } finally {
      await postgres.start();
    }
    expect(told.length).toBeGreaterThan(0);
    expect(told[0]).toMatch(/cannot be reached/);
    const last = during[2]!.id;
    await expect.poll(() => waitingOf(a), { timeout: 20_000 }).toBe(0);
    const back = await fetch(`${b.baseURL}/responses/${last}`);
    expect(await back.json()).toMatchObject({ id: last });
    const next = await client(b.baseURL).responses.create({ model, input: 'x', previous_response_id: last });
    expect(next.output_text).toBe('Said.');
  });

  test('what waits is deleted as if it were written, and what drains is written first', async () => {
    const databaseUrl = await postgres.freshUrl();
    const { models } = kimi(['Said.']);
    const a = await replica(databaseUrl, { models });
    await postgres.stop();
    const [gone, kept] = [
      await client(a.baseURL).responses.create({ model, input: 'a' }),
      await client(a.baseURL).responses.create({ model, input: 'b' }),
    ];
    const refused = await fetch(`${a.baseURL}/responses/${gone.id}`, { method: 'DELETE' });
    expect(refused.status).toBe(503);
    await postgres.start();
    const deleted = await fetch(`${a.baseURL}/responses/${gone.id}`, { method: 'DELETE' });
    expect(deleted.status).toBe(200);
    await a.gateway.drain();
    const b = await replica(databaseUrl, { models });
    expect((await fetch(`${b.baseURL}/responses/${kept.id}`)).status).toBe(200);
    expect((await fetch(`${b.baseURL}/responses/${gone.id}`)).status).toBe(404);
  });

  test('a restart loses nothing that was answered', async () => {
    const databaseUrl = await postgres.freshUrl();
    const { models } = kimi(['Said.']);
    const a = await replica(databaseUrl, { models });
    const answered: string[] = [];
    let over = false;
    const asking = (async () => {
      while (!over || answered.length < 20) {
        answered.push((await client(a.baseURL).responses.create({ model, input: 'x' })).id);
      }
    })();
    await postgres.restart();
    over = true;
    await asking;
    await a.gateway.drain();
    const b = await replica(databaseUrl, { models });
    const statuses = await Promise.all(
      answered.map(async (id) => (await fetch(`${b.baseURL}/responses/${id}`)).status),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test('too much that waits makes room for what is newer, and says so', async () => {
    const databaseUrl = await postgres.freshUrl();
    const { models } = kimi(['Said.']);
    const a = await replica(databaseUrl, { models, limits: { memoryBytes: 60_000 } });
    await postgres.stop();
    try {
      for (let n = 0; n < 10; n++) {
        await client(a.baseURL).responses.create({ model, input: 'x'.repeat(5000) });
      }
      const figures = await figuresOf(a.gateway);
      expect(figures.get('perigee_state_writes_total{store="responses",outcome="dropped"}')).toBeGreaterThan(
        3,
      );
      expect(figures.get('perigee_state_waiting_writes{store="responses"}')).toBeGreaterThan(1);
    } finally {
      await postgres.start();
    }
  });
});
