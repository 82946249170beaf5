import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Database, MIGRATIONS, postgresState } from '../../src/durable/index.ts';
import { openaiChat, routed } from '../../src/upstream/index.ts';
import { hasPostgres, type Postgres, startPostgres } from '../postgres.ts';
import { ASK, directory, post, running } from './fixtures.ts';

const ANSWER = {
  id: 'x',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

/** A host that fails until it is told otherwise. */
async function host() {
  const state = { fails: true, requests: 0 };
  const server = http.createServer((request, response) => {
    state.requests++;
    request.resume();
    response.writeHead(state.fails ? 500 : 200, { 'content-type': 'application/json' });
    response.end(state.fails ? '{}' : JSON.stringify(ANSWER));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { state, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
}

describe.skipIf(!hasPostgres)('replicas with one database and one host', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  test('leave it alone together, and find together that it is back', async () => {
    const databaseUrl = await postgres.freshUrl();
    const { state: served, baseUrl } = await host();
    async function replica() {
      const database = await Database.open({ databaseUrl, connections: 2 }, MIGRATIONS);
      const state = await postgresState(database, databaseUrl);
      onTestFinished(async () => {
        await state.close();
        await database.close();
      });
      const upstream = { name: 'host', model: openaiChat({ baseUrl, model: 'm', retries: 0 }) };
      const model = routed('kimi', [upstream], {
        retries: 0,
        breaker: { failures: 2, openMs: 2000 },
        hints: state.hints,
      });
      const { url } = await running({ models: directory({ name: 'kimi', model }), state });
      const until = async (breaker: string) => {
        while (model.upstreams()[0]!.breaker !== breaker) {
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      return { url: `${url}/v1/chat/completions`, until };
    }
    const [a, b] = [await replica(), await replica()];
    expect((await post(a.url, ASK)).status).toBe(502);
    expect((await post(a.url, ASK)).status).toBe(502);
    await b.until('open');
    expect((await post(b.url, ASK)).status).toBe(503);
    expect(served.requests).toBe(2);
    served.fails = false;
    await a.until('half-open');
    expect((await post(a.url, ASK)).status).toBe(200);
    await b.until('half-open');
    expect((await post(b.url, ASK)).status).toBe(200);
    await b.until('closed');
    expect(served.requests).toBe(4);
  });
});
