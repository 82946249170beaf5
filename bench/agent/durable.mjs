import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { table } from '../measure.mjs';
import { subject } from './setting.mjs';

const STEPS = Number(process.env.BENCH_STEPS ?? 4000);
const ROUNDS = 3;

/** What it costs to keep a run, and to come back to it. */
export async function durable({ folder, baseUrl }) {
  console.log('### Sessions\n');
  const records = await import('../../dist/durable/index.js').then(measureRecords(folder));
  const sorted = records.sort((a, b) => a - b);
  const at = (part) => sorted[Math.floor(part * (sorted.length - 1))];
  table(
    [
      `one durable step of 1 kB, of ${sorted.length.toLocaleString('en')}, wall ms`,
      'p50',
      'p90',
      'p99',
      'max',
    ],
    [['SQLite, WAL, `synchronous=FULL`', at(0.5), at(0.9), at(0.99), at(1)]],
  );
  const rows = [];
  for (const pruned of [true, false]) {
    const sessions = await mkdtemp(join(folder, 'resume-'));
    const growth = { pruned, resultCharacters: pruned ? 3200 : 80, peers: folder };
    const setting = { loop: 'session', baseUrl: `${baseUrl}/v1`, folder: sessions, ...growth };
    const further = STEPS + ROUNDS + 1;
    await subject({ ...setting, kind: 'steps', steps: further, dieAt: STEPS, limitSeconds: 3600 });
    const name = pruned ? 'results of 800 tokens, pruned' : '60 tokens a step, not pruned';
    // Each takes one step more and dies in its call.
    for (let round = 1; round <= ROUNDS; round++) {
      const { told, live, peakMb } = await subject({ ...setting, kind: 'resume', steps: further });
      rows.push([`${name}, time ${round}`, told.steps, told.ms, live.ms, live.cpu, peakMb]);
    }
  }
  table(
    [
      `a run that died in step ${STEPS.toLocaleString('en')} is gone on with`,
      'steps on record',
      'read, ms',
      'next call runs, ms',
      'CPU ms by then',
      'peak RSS, MB',
    ],
    rows,
  );
}

function measureRecords(folder) {
  return async ({ sqliteSessions }) => {
    const session = await sqliteSessions({ dataDir: join(folder, 'records') }).open('bench');
    const value = { text: 'x'.repeat(1000) };
    const times = [];
    for (let step = 0; step < 4000; step++) {
      const started = performance.now();
      await session.step(`step-${step}`, async () => value);
      times.push(performance.now() - started);
    }
    await session.close();
    return times;
  };
}
