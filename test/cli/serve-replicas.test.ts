import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startProxy } from '../durable/postgres/proxy.ts';
import { freePort, hasPostgres, type Postgres, startPostgres } from '../postgres.ts';
import { folderWith, jsonLines, perigee, start } from './command.ts';

/** A host whose answers have one token, at a price of a dollar; it never answers who asks it to wait. */
async function host(): Promise<{ url: string; asked: () => number }> {
  let count = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (body.includes('wait for ever')) return;
    count++;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        id: 'x',
        object: 'chat.completion',
        choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked: () => count };
}

const configOf = (url: string, rest = '') => `${rest}
log: none
models:
  - name: kimi
    upstreams: [{ url: "${url}", model: kimi, prices: { input: 0, output: 1000000 } }]
`;

describe.skipIf(!hasPostgres)('perigee serve in replicas', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);
  afterAll(() => postgres?.remove());

  /** Starts so many, and gives their base URLs. */
  async function replicas(count: number, config: string, databaseUrl: string) {
    const folder = folderWith({ 'perigee.yaml': config });
    return Promise.all(
      Array.from({ length: count }, async () => {
        const port = await freePort();
        const running = start(['serve', '--config', join(folder, 'perigee.yaml'), '--port', `${port}`], {
          env: { PERIGEE_DATABASE_URL: databaseUrl, HOME: folder },
        });
        await running.printed('Try it:');
        return { running, url: `http://127.0.0.1:${port}` };
      }),
    );
  }

  const post = (url: string, key: string, content = 'Hi') =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'kimi', max_tokens: 1, messages: [{ role: 'user', content }] }),
    });

  test('one that begins before its database says so, and serves once that is there', async () => {
    const databaseUrl = await postgres.freshUrl();
    const proxy = await startProxy(Number(new URL(databaseUrl).port));
    proxy.isOpen = false;
    const { url } = await host();
    const folder = folderWith({ 'perigee.yaml': configOf(url) });
    const running = start(['serve', '--config', join(folder, 'perigee.yaml'), '--port', '0'], {
      env: { PERIGEE_DATABASE_URL: proxy.url(databaseUrl), HOME: folder },
    });
    await running.said('It is waited for, 30 s at most; nothing listens before.');
    proxy.isOpen = true;
    await running.printed('Try it:');
    running.child.kill('SIGTERM');
    expect(await running.done).toMatchObject({ code: 0 });
  });

  test('one that the database does not let in ends at once', async () => {
    const { url } = await host();
    const folder = folderWith({ 'perigee.yaml': configOf(url) });
    const wrong = new URL(await postgres.freshUrl());
    wrong.pathname = '/there_is_none';
    const { code, stderr } = await perigee(
      ['serve', '--config', join(folder, 'perigee.yaml'), '--port', '0'],
      {
        env: { PERIGEE_DATABASE_URL: wrong.href, HOME: folder },
      },
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining('database-unreachable')]);
    expect(stderr).not.toContain('waited for');
  });

  test('four of them let exactly 250 dollars through a budget of 250, and 30 requests through a rate of 30', async () => {
    const { url, asked } = await host();
    const databaseUrl = await postgres.freshUrl();
    const keys =
      'keys: [{ id: ci, key: sk-ci, monthly_budget_usd: 250 }, { id: slow, key: sk-slow, requests_per_minute: 30 }]';
    const all = await replicas(4, configOf(url, keys), databaseUrl);
    const statuses: number[] = [];
    let next = 0;
    const worker = async () => {
      while (next < 1000) {
        const { url: base } = all[next++ % 4]!;
        const reply = await post(base, 'sk-ci');
        await reply.arrayBuffer();
        statuses.push(reply.status);
      }
    };
    await Promise.all(Array.from({ length: 80 }, worker));
    expect(statuses).toHaveLength(1000);
    expect(statuses.filter((status) => status === 200)).toHaveLength(250);
    expect(statuses.filter((status) => status === 429)).toHaveLength(750);
    expect(asked()).toBe(250);
    const rated = await Promise.all(Array.from({ length: 80 }, (_, i) => post(all[i % 4]!.url, 'sk-slow')));
    expect(rated.filter(({ status }) => status === 200)).toHaveLength(30);
    const metrics = await (await fetch(`${all[0]!.url}/metrics`)).text();
    expect(metrics).toContain('perigee_database_up 1\n');
    expect(metrics).toMatch(/perigee_admissions_total\{outcome="spent"\} \d+/);
    for (const { running } of all) running.child.kill('SIGTERM');
    for (const { running } of all) expect((await running.done).code).toBe(0);
    const env = { PERIGEE_DATABASE_URL: databaseUrl };
    const { stdout } = await perigee(['keys', 'usage', '--json'], { env });
    const rows = jsonLines(stdout).filter(({ key }) => key === 'ci');
    expect(rows.reduce((sum, { cost }) => sum + Number(cost), 0)).toBe(250);
    expect(rows.reduce((sum, { requests }) => sum + Number(requests), 0)).toBe(250);
  }, 120_000);

  test('a key that is made while they run is taken by all, and by none when it is revoked; the money of a killed one is free again', async () => {
    const { url } = await host();
    const databaseUrl = await postgres.freshUrl();
    const env = { PERIGEE_DATABASE_URL: databaseUrl };
    const made = await perigee(['keys', 'add', 'alice', '--monthly-budget', '1'], { env });
    const key = made.stdout.trim();
    expect(key).toMatch(/^pgk_live_[\w-]{43}$/);
    expect(await postgres.sql(databaseUrl, 'SELECT * FROM perigee.accounts_keys')).not.toContain(
      key.slice(9),
    );
    // With a key in the database the file needs none, to be reached by others.
    const limits = 'server: { host: 0.0.0.0, limits: { budget_wait_seconds: 0.2 } }';
    const [first, second] = await replicas(2, configOf(url, limits), databaseUrl);
    expect((await post(first!.url, 'sk-other')).status).toBe(401);
    const hanging = post(first!.url, key, 'wait for ever').catch(() => undefined);
    for (;;) {
      if ((await postgres.sql(databaseUrl, 'SELECT count(*) FROM perigee.accounts_holds')) === '1') break;
    }
    const held = await post(second!.url, key);
    expect(held.status).toBe(429);
    expect(await held.text()).toContain('is held for its requests that are being answered');
    first!.running.child.kill('SIGKILL');
    await hanging;
    // As it is a minute later.
    await postgres.sql(
      databaseUrl,
      `UPDATE perigee.accounts_replicas SET seen_at = seen_at - interval '1 minute'
         WHERE id = (SELECT replica FROM perigee.accounts_holds);
       UPDATE perigee.accounts_holds SET at = at - interval '1 minute'`,
    );
    while ((await post(second!.url, key)).status !== 200);
    await perigee(['keys', 'revoke', 'alice'], { env });
    expect((await post(second!.url, key)).status).toBe(401);
  }, 120_000);

  test('while the database is away it says so and refuses or admits as it was told, and recovers', async () => {
    const { url } = await host();
    const databaseUrl = await postgres.freshUrl();
    const keys =
      'keys: [{ id: rich, key: sk-rich, monthly_budget_usd: 9 }, { id: slow, key: sk-slow, requests_per_minute: 2 }]';
    const [only] = await replicas(1, configOf(url, keys), databaseUrl);
    expect((await post(only!.url, 'sk-rich')).status).toBe(200);
    await postgres.stop('immediate');
    const refused = await post(only!.url, 'sk-rich');
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({
      error: { message: expect.stringContaining('the database is away') },
    });
    const rated = [
      await post(only!.url, 'sk-slow'),
      await post(only!.url, 'sk-slow'),
      await post(only!.url, 'sk-slow'),
    ];
    expect(rated.map(({ status }) => status)).toEqual([200, 200, 429]);
    const metrics = await (await fetch(`${only!.url}/metrics`)).text();
    expect(metrics).toContain('perigee_database_up 0\n');
    expect(metrics).toContain('perigee_admitted_without_database_total 2\n');
    await postgres.start();
    while ((await post(only!.url, 'sk-rich')).status !== 200);
    only!.running.child.kill('SIGTERM');
    const { code, stderr } = await only!.running.done;
    expect(code).toBe(0);
    expect(stderr).toContain('Until it is back requests of keys with a budget are refused');
    expect(stderr).not.toContain('postgres:');
    const { stdout } = await perigee(['keys', 'usage', '--json'], {
      env: { PERIGEE_DATABASE_URL: databaseUrl },
    });
    const sum = jsonLines(stdout).reduce((total, { requests }) => total + Number(requests), 0);
    expect(sum).toBe(4);
  }, 60_000);
});
