import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { tool } from '../dist/agent/index.js';
import { modelStream } from '../dist/core/index.js';
import { createRunsClient, createWorker } from '../dist/durable/index.js';
import { startPostgres } from './durable/postgres.mjs';
import { heading, table } from './measure.mjs';

// `node bench/runs.mjs`: what runs on workers cost: steps a second, CPU and memory of a worker, WAL of Postgres. A step is a turn of
// the model (a script, 200 characters of text), one call that must not run twice and a result of 1 kB. Linux only.

const AT_ONCE = Number(process.env.BENCH_RUNS ?? 50);
const STEPS = Number(process.env.BENCH_STEPS ?? 100);
const WORKERS = Number(process.env.BENCH_WORKERS ?? 1);
const TICK_MS = 10;

if (process.argv[2] === 'worker') await work();
else await measure();

async function work() {
  const [, , , databaseUrl, name, perWorker] = process.argv;
  const result = 'r'.repeat(1000);
  await createWorker({
    databaseUrl,
    name,
    concurrency: { perWorker: Number(perWorker) },
    agent: () => ({
      model: { id: 'script', stream: ({ messages }) => modelStream(() => turn(messages)) },
      context: false,
      limits: { steps: 100_000, repeats: false },
      tools: {
        act: tool({ description: 'Acts.', inputSchema: { type: 'object' }, execute: () => result }),
      },
    }),
  });
  console.log('ready');
}

async function* turn(messages) {
  const done = messages.filter(({ role }) => role === 'tool').length;
  yield [{ type: 'text-delta', delta: 't'.repeat(200) }];
  if (done >= STEPS) return yield [{ type: 'finish', reason: 'stop' }];
  yield [
    { type: 'tool-call-start', index: 0, id: `functions.act:${done}`, name: 'act' },
    { type: 'tool-call-delta', index: 0, delta: `{"number":${done}}` },
    { type: 'tool-call-end', index: 0 },
    { type: 'finish', reason: 'tool-calls' },
  ];
}

async function measure() {
  const postgres = await startPostgres();
  const connection = new pg.Client(postgres.url);
  await connection.connect();
  const ask = async (text) => (await connection.query(text)).rows[0];
  const client = await createRunsClient({ databaseUrl: postgres.url });
  const workers = await Promise.all(
    Array.from({ length: WORKERS }, (_, at) => startWorker(postgres.url, at)),
  );
  try {
    heading(
      'Runs on workers',
      `${AT_ONCE} runs at once, ${STEPS} steps each, ${WORKERS} workers; ${postgres.version}.`,
    );
    await runAll(client, 'warm');
    const idle = await usage(workers);
    const before = await ask(
      'SELECT pg_current_wal_lsn() AS lsn, (SELECT sum(last_seq) FROM perigee.sessions) AS records',
    );
    const began = performance.now();
    const peak = { mb: 0 };
    const watch = setInterval(async () => {
      peak.mb = Math.max(peak.mb, (await usage(workers)).mb);
    }, 100);
    await runAll(client, 'run');
    clearInterval(watch);
    const seconds = (performance.now() - began) / 1000;
    const used = await usage(workers);
    const after = await ask(
      `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '${before.lsn}') AS bytes, (SELECT sum(last_seq) FROM perigee.sessions) AS records`,
    );
    const steps = AT_ONCE * STEPS;
    const records = Number(after.records) - Number(before.records);
    table(
      ['', 'measured'],
      [
        ['steps a second', (steps / seconds).toFixed(0)],
        ['durable records a second', (records / seconds).toFixed(0)],
        ['ms of CPU of the workers, a step', ((used.cpuMs - idle.cpuMs) / steps).toFixed(2)],
        [
          'MB of a worker without runs, and for each open run',
          `${(idle.mb / WORKERS).toFixed(0)}, ${((peak.mb - idle.mb) / AT_ONCE).toFixed(2)}`,
        ],
        ['bytes of WAL, a record', (Number(after.bytes) / records).toFixed(0)],
      ],
    );
  } finally {
    for (const { child } of workers) child.kill('SIGKILL');
    await client.close();
    await connection.end();
    await postgres.remove();
  }
}

async function startWorker(url, at) {
  const self = fileURLToPath(import.meta.url);
  const perWorker = Math.ceil(AT_ONCE / WORKERS);
  const child = spawn(process.execPath, [self, 'worker', url, `bench-${at}`, `${perWorker}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(createInterface({ input: child.stdout }), 'line');
  return { child };
}

async function runAll(client, word) {
  const ids = [];
  for (let at = 0; at < AT_ONCE; at++)
    ids.push((await client.start({ session: `${word}-${at}`, prompt: 'Go.' })).id);
  for (const { finishReason } of await Promise.all(ids.map((id) => client.result(id)))) {
    if (finishReason !== 'stop') throw new Error(`A run ended with ${finishReason}.`);
  }
}

/** Milliseconds of CPU and megabytes of all workers. */
async function usage(workers) {
  let [cpuMs, mb] = [0, 0];
  for (const { child } of workers) {
    const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    cpuMs += (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    mb += (Number(fields[21]) * 4096) / 1024 ** 2;
  }
  return { cpuMs, mb };
}
