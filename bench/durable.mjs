import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresSessions, sqliteSessions } from '../dist/durable/index.js';
import { startPostgres } from './durable/postgres.mjs';
import { heading, table } from './measure.mjs';

// `node bench/durable.mjs`: what a durable step costs where sessions can be kept, and beside an engine that keeps them itself.

const STEPS = Number(process.env.BENCH_STEPS ?? 2000);
const ROUNDS = 3;
const AT_ONCE = 50;
const LONG = 12_000;
const VALUE = { text: 'x'.repeat(1000) };

let sessionsSoFar = 0;
const folder = await mkdtemp(join(tmpdir(), 'bench-durable-'));
const postgres = await startPostgres();
const { DBOS } = await import('@dbos-inc/dbos-sdk');
try {
  heading('Durable steps', `One step of 1 kB; ${postgres.version} on the same machine, as it comes.`);
  const files = sqliteSessions({ dataDir: folder });
  const database = await postgresSessions({ databaseUrl: postgres.url });
  DBOS.setConfig({ name: 'bench', systemDatabaseUrl: postgres.url, logLevel: 'error' });
  const workflow = DBOS.registerWorkflow(
    async (steps) => {
      const times = [];
      for (let step = 0; step < steps; step++) {
        const started = performance.now();
        await DBOS.runStep(async () => VALUE, { name: `step-${step}` });
        times.push(performance.now() - started);
      }
      return times;
    },
    { name: 'steps' },
  );
  await DBOS.launch();
  const cases = {
    'SQLite, WAL, `synchronous=FULL`': [
      () => inSession(files, STEPS),
      (count) => atOnce(count, () => inSession(files, 40)),
    ],
    Postgres: [() => inSession(database, STEPS), (count) => atOnce(count, () => inSession(database, 40))],
    '`DBOS.runStep` on the same Postgres': [
      () => inWorkflow(workflow, STEPS),
      (count) => atOnce(count, () => inWorkflow(workflow, 40)),
    ],
  };
  await steps(cases);
  await resumption(files, database);
  await database.close();
  await DBOS.shutdown();
} finally {
  await postgres.remove();
  await rm(folder, { recursive: true, force: true });
}
process.exit();

async function steps(cases) {
  const names = Object.keys(cases);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  const rates = Object.fromEntries(names.map((name) => [name, 0]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      const [alone, together] = cases[name];
      times[name].push(...(await alone()));
      const started = performance.now();
      await together(AT_ONCE);
      rates[name] = Math.max(rates[name], (AT_ONCE * 40) / ((performance.now() - started) / 1000));
    }
  }
  const rows = names.map((name) => {
    const sorted = times[name].sort((a, b) => a - b);
    const at = (part) => sorted[Math.floor(part * (sorted.length - 1))];
    return [name, at(0.1), at(0.5), at(0.9), at(0.99), rates[name]];
  });
  table(
    [
      'one after the other, wall ms',
      'p10',
      'p50',
      'p90',
      'p99',
      `steps/s, ${AT_ONCE} runs at once, best round`,
    ],
    rows,
  );
}

async function resumption(files, database) {
  const rows = [];
  for (const [name, sessions] of [
    ['SQLite', files],
    ['Postgres', database],
  ]) {
    await sessions.create('long', records());
    const started = performance.now();
    const session = await sessions.open('long');
    const opened = performance.now();
    for (let step = 0; step < LONG; step++) await session.step(`run-0/step-${step}/turn`, never);
    rows.push([name, opened - started, performance.now() - opened]);
    await session.close();
  }
  table(
    [`a session of ${LONG.toLocaleString('en')} records is gone on with`, 'opened, ms', 'all read, ms'],
    rows,
  );
}

async function inSession(sessions, count) {
  const session = await sessions.open(`bench-${sessionsSoFar++}`);
  const times = [];
  for (let step = 0; step < count; step++) {
    const started = performance.now();
    await session.step(`step-${step}`, async () => VALUE);
    times.push(performance.now() - started);
  }
  await session.close();
  return times;
}

async function inWorkflow(workflow, count) {
  return (await DBOS.startWorkflow(workflow)(count)).getResult();
}

function atOnce(count, work) {
  return Promise.all(Array.from({ length: count }, work));
}

function* records() {
  for (let step = 0; step < LONG; step++) {
    yield { seq: step + 1, at: step, name: `run-0/step-${step}/turn`, value: VALUE };
  }
}

async function never() {
  throw new Error('It is on record.');
}
