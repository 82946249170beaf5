import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { folderWith } from '../cli/command.ts';
import { freePort, hasPostgres, startPostgres } from '../postgres.ts';
import { startLoad } from './load.ts';
import { hasNginx, startNginx } from './nginx.ts';
import { replica } from './replica.ts';
import { slowHost } from './slow-host.ts';

/** How often a replica is replaced. `ROLLS=40` and more, with the times of deploy/ as they are, to find what is rare. */
const ROLLS = Number(process.env['ROLLS'] ?? 4);
const FULL = process.env['ROLLS'] !== undefined;
const CLIENTS = 24;
const KEY = 'key-of-a-client';
/** Times shorter than those for users, but as they stand to each other. */
const SHORTER = FULL
  ? []
  : ([
      ['keepalive_timeout 4s;', 'keepalive_timeout 1s;'],
      ['fail_timeout=2s', 'fail_timeout=1s'],
    ] as const);
const DELAY_SECONDS = FULL ? 5 : 1.5;

/** Fewer than there are clients ask at the same time, so that some wait in the gateway when it is told to end. */
const configOf = (hostUrl: string) => `
server: { drain_delay_seconds: ${DELAY_SECONDS} }
keys: [{ id: client, key: ${KEY}, requests_per_minute: 1000000 }]
models:
  - name: kimi
    upstreams: [{ host: vllm, url: "${hostUrl}", model: kimi-k2.6, concurrency: 8 }]
log: none
`;

test.skipIf(!hasNginx)(
  'no request is lost while replicas behind nginx are replaced one after the other',
  async () => {
    const host = await slowHost(20);
    const database = await sharedDatabase();
    const env: Record<string, string> = database ? { PERIGEE_DATABASE_URL: database.url } : {};
    const config = join(folderWith({ 'perigee.yaml': configOf(host.url) }), 'perigee.yaml');
    const replicas = await Promise.all([1, 2].map(() => replica(['--config', config], env)));
    await Promise.all(replicas.map((each) => each.start()));
    const nginx = await startNginx({
      port: await freePort(),
      replicas: replicas.map(({ port }) => port),
      changes: [...SHORTER, ...strictly()],
    });
    const load = startLoad(`http://127.0.0.1:${nginx.port}/v1`, KEY, CLIENTS);
    const ends: unknown[] = [];
    await load.more(CLIENTS * 2);
    for (let roll = 0; roll < ROLLS; roll++) {
      const next = replicas[roll % replicas.length]!;
      ends.push(await next.stop());
      await next.start();
      await load.more(CLIENTS * 2);
    }
    await load.stop();
    ends.push(...(await Promise.all(replicas.map((each) => each.stop()))));
    const twice = [...host.asked.values()].filter((count) => count > 1).length;
    const { answered, lost, total } = load;
    if (FULL)
      console.log(`${ROLLS} rolls: ${total()} answers, ${lost.length} lost, ${twice} asked twice`, answered);
    expect(lost, nginx.errors()).toEqual([]);
    expect(ends).toEqual(ends.map(() => ({ code: 0, stderr: '' })));
    for (const [way, count] of Object.entries(answered)) expect([way, count > ROLLS]).toEqual([way, true]);
    expect(host.asked.size).toBe(total());
    expect(twice).toBe(0);
    // What a replica had still to write when it was told to end is written, once.
    if (database) expect(await database.settled()).toEqual({ requests: total(), held: 0 });
  },
  FULL ? ROLLS * 60_000 : 300_000,
);

/** What the replicas share, where there is a Postgres: without one each counts for itself. */
async function sharedDatabase() {
  if (!hasPostgres) return undefined;
  const postgres = await startPostgres();
  onTestFinished(() => postgres.remove());
  const url = await postgres.freshUrl();
  const count = async (what: string) => Number(await postgres.sql(url, `SELECT ${what}`));
  return {
    url,
    settled: async () => ({
      requests: await count('sum(requests) FROM perigee.accounts_usage'),
      held: await count('count(*) FROM perigee.accounts_holds'),
    }),
  };
}

/** `STRICT=1`: without sending a POST again, to see what that is for. */
function strictly(): [string, string][] {
  return process.env['STRICT'] === undefined ? [] : [[' non_idempotent;', ';']];
}
