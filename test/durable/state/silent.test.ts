import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Database, MIGRATIONS, postgresState } from '../../../src/durable/index.ts';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';
import { startProxy } from '../postgres/proxy.ts';

const CONNECTIONS = 4;
/** Shorter than those for users, but as they stand to each other. */
const [ANSWER_MS, CONNECT_MS] = [1200, 2000];
const bytes = (text: string) => new TextEncoder().encode(text);
const row = (key: string) => ({ key, answer: bytes('a'), items: bytes('i'), messages: bytes('m') });

describe.skipIf(!hasPostgres)('a database that says nothing more, and does not hang up either', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  test('keeps nobody waiting for ever, and no connection once it answers again', async () => {
    const proxy = await startProxy(postgres.port);
    const databaseUrl = proxy.url(await postgres.freshUrl());
    const database = await Database.open(
      { databaseUrl, connections: CONNECTIONS, connectMs: CONNECT_MS },
      MIGRATIONS,
    );
    const told: string[] = [];
    const state = await postgresState(database, databaseUrl, {
      tell: (text) => told.push(text),
      answerMs: ANSWER_MS,
    });
    await state.responses.put([row('before')]);
    // All connections are in use, and there is no other.
    const asked = Array.from({ length: CONNECTIONS * 2 }, () => state.responses.show('before', 'answer'));
    await Promise.all(asked);
    expect(database.pool.totalCount).toBe(CONNECTIONS);
    proxy.swallows = true;
    const during = [
      state.responses.put([row('during')]),
      state.responses.delete('before'),
      state.responses.find({ answers: ['before'], present: [], bytes: 1 }),
      state.reasoning.put([{ key: 'turn', digest: '1', body: bytes('r') }]),
      state.reasoning.find(['turn']),
    ];
    state.hints.tell('host', { state: 'open', forMs: 60_000 });
    for (const each of await Promise.allSettled(during)) {
      expect(each).toMatchObject({ status: 'rejected', reason: { code: 'database-unreachable' } });
    }
    expect(told.join('\n')).toMatch(/not read or written now/);
    // One tries whether it is back; nobody else waits with it.
    const tries = [state.responses.show('before', 'answer'), state.responses.show('before', 'answer')];
    let triedFirst = false;
    tries[0]!.catch(() => {
      triedFirst = true;
    });
    await expect(tries[1]).rejects.toMatchObject({ code: 'database-unreachable' });
    expect(triedFirst).toBe(false);
    await expect(tries[0]).rejects.toMatchObject({ code: 'database-unreachable' });
    proxy.swallows = false;
    for (;;) {
      const written = await state.responses.put([row('after')]).catch(() => undefined);
      if (written !== undefined) break;
    }
    const all = Array.from({ length: CONNECTIONS * 2 }, () => state.responses.show('after', 'answer'));
    expect(await Promise.all(all)).toHaveLength(CONNECTIONS * 2);
    proxy.swallows = true;
    state.hints.tell('host', { state: 'closed' });
    await state.close();
    await database.close();
  }, 120_000);
});
