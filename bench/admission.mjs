// Admissions and settlements of one gateway on Postgres: node bench/admission.mjs [postgres://USER@HOST/EMPTY_DATABASE]; without
// a database it starts a server of its own.
import { randomUUID } from 'node:crypto';
import { Database, MIGRATIONS, postgresAccounts } from '../dist/durable/index.js';
import { localAccounts } from '../dist/gateway/index.js';
import { startPostgres } from './durable/postgres.mjs';

const SECONDS = 5;
const CONCURRENT = 50;

const given = process.argv[2] ?? process.env.PERIGEE_DATABASE_URL;
const postgres = given === undefined ? await startPostgres() : undefined;
const databaseUrl = given ?? postgres.url;
const database = await Database.open({ databaseUrl, connections: 16 }, MIGRATIONS);
const accounts = await postgresAccounts({ database, alone: localAccounts, tell: console.error });
const usage = { inputTokens: 1000, cachedInputTokens: 500, outputTokens: 200 };

async function measure(name, keys) {
  const waits = [];
  const end = performance.now() + SECONDS * 1000;
  let refused = 0;
  const worker = async (number) => {
    for (let i = number; performance.now() < end; i += CONCURRENT) {
      const asked = {
        request: randomUUID(),
        key: keys[i % keys.length],
        kept: false,
        model: 'kimi',
        most: 0.01,
        now: Date.now(),
      };
      const began = performance.now();
      const verdict = await accounts.admit(asked);
      waits.push(performance.now() - began);
      // What is told at once must not keep the process from all else.
      if (waits.length % 100 === 0) await new Promise(setImmediate);
      if (verdict.is !== 'admitted') refused++;
      else accounts.settle({ ...asked, now: Date.now(), upstream: 'host', usage, cost: 0.002 });
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: CONCURRENT }, (_, i) => worker(i)));
  const seconds = (performance.now() - began) / 1000;
  while (accounts.state().backlog > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const settled = (performance.now() - began) / 1000;
  waits.sort((a, b) => a - b);
  const at = (share) => waits[Math.floor(waits.length * share)].toFixed(2);
  const admitted = waits.length - refused;
  console.log(
    `${name}: ${Math.round(admitted / seconds)} admissions/s (p50 ${at(0.5)} ms, p99 ${at(0.99)} ms), ` +
      `${Math.round(admitted / settled)} settlements/s, ${refused} refused`,
  );
}

const keyOf = (id) => ({ id, hash: '', monthlyBudget: 1e6, requestsPerMinute: 1e9, tokensPerMinute: 1e12 });
await measure(
  '200 keys',
  Array.from({ length: 200 }, (_, i) => keyOf(`key-${i}`)),
);
await measure('1 hot key', [keyOf('hot')]);
await measure(
  '200 keys without limits',
  Array.from({ length: 200 }, (_, i) => ({ id: `free-${i}`, hash: '' })),
);
await accounts.close();
await database.close();
await postgres?.remove();
