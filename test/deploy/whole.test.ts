import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith } from '../cli/command.ts';
import { freshGround } from '../durable/runs/ground.ts';
import { torture } from '../durable/runs/torture.ts';
import { freePort, hasPostgres, startPostgres } from '../postgres.ts';
import { callingHost } from './calling-host.ts';
import { hasNginx, startNginx } from './nginx.ts';
import { replica } from './replica.ts';

// The full size: npm run bench:whole
const [runs, calls, workers, kills, restarts, rolls, perWorker] = (process.env['WHOLE'] ?? '8 8 3 2 1 2 4')
  .split(' ')
  .map(Number) as [number, number, number, number, number, number, number];

const KEY = 'key-of-the-workers';

/** The key has a budget, so that every request asks the database, and prices, so that it counts. */
const configOf = (hostUrl: string) => `
server: { drain_delay_seconds: 1.5 }
keys: [{ id: workers, key: ${KEY}, requests_per_minute: 1000000, monthly_budget_usd: 1000 }]
models:
  - name: kimi
    upstreams: [{ host: vllm, url: "${hostUrl}", model: kimi-k2.6, prices: { input: 1, output: 1 } }]
log: none
`;

test.skipIf(!hasPostgres || !hasNginx)(
  `${runs} runs of ${calls} calls through two gateways behind nginx, over ${kills} kills of workers, ${restarts} restarts of Postgres and ${rolls} exchanged replicas`,
  async () => {
    const postgres = await startPostgres();
    const ground = await freshGround(postgres);
    const host = await callingHost(calls);
    const config = join(folderWith({ 'perigee.yaml': configOf(host.url) }), 'perigee.yaml');
    const env = { PERIGEE_DATABASE_URL: ground.url };
    const replicas = await Promise.all([1, 2].map(() => replica(['--config', config], env)));
    await Promise.all(replicas.map((each) => each.start()));
    const nginx = await startNginx({
      port: await freePort(),
      replicas: replicas.map(({ port }) => port),
      changes: [
        ['keepalive_timeout 4s;', 'keepalive_timeout 1s;'],
        ['fail_timeout=2s', 'fail_timeout=1s'],
      ],
    });
    const ends: { readonly code: number | null }[] = [];
    let rolled = 0;
    const done = await torture(ground, postgres, {
      ...{ runs, calls, workers, kills, restarts, perWorker, rolls, waitMs: 0 },
      baseUrl: `http://127.0.0.1:${nginx.port}/v1`,
      apiKey: KEY,
      async roll() {
        const next = replicas[rolled++ % replicas.length]!;
        ends.push(await next.stop());
        await next.start();
      },
    });
    const { takeOverMs, durationMs, stepsPerSecond, effects, flagged } = done;
    const [half, most] = [takeOverMs[Math.floor(takeOverMs.length / 2)], takeOverMs.at(-1)];
    console.log(
      `${runs} runs of ${calls} calls, ${workers} workers, 2 gateways, ${done.kills} kills, ${done.restarts} restarts, ` +
        `${rolled} rolls: ${durationMs} ms, ${stepsPerSecond} steps/s, ${effects} effects, ${flagged} flagged, ` +
        `${host.requests} requests, ${takeOverMs.length} taken over, p50 ${half} ms, max ${most} ms`,
    );
    expect(done).toMatchObject({ incomplete: [], twice: [], lost: [], misnumbered: [], kills, restarts });
    expect(effects).toBeGreaterThanOrEqual(runs * calls - flagged);
    expect(host.forgotten).toBe(0);
    ends.push(...(await Promise.all(replicas.map((each) => each.stop()))));
    // What they say is that the database was away, and that it is back.
    expect(ends.map(({ code }) => code)).toEqual(ends.map(() => 0));
    expect(await postgres.sql(ground.url, 'SELECT count(*) FROM perigee.accounts_holds')).toBe('0');
    await ground.client.close();
    await postgres.remove();
  },
  3_600_000,
);
