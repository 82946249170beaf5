import { expect, test } from 'vitest';
import { hasPostgres, startPostgres } from '../../postgres.ts';
import { freshGround } from './ground.ts';
import { torture } from './torture.ts';

// The full size: npm run bench:torture
const [runs, calls, workers, kills, restarts, perWorker, waitMs] = (
  process.env['TORTURE'] ?? '12 12 3 3 1 5 20'
)
  .split(' ')
  .map(Number) as [number, number, number, number, number, number, number];

test.skipIf(!hasPostgres)(
  `${runs} runs of ${calls} calls come to their end over ${kills} kills of workers and ${restarts} restarts of Postgres`,
  async () => {
    // Its figures are told: with its disk.
    const postgres = await startPostgres(process.env['TORTURE'] ? ['fsync=on'] : []);
    const ground = await freshGround(postgres);
    const given = { runs, calls, workers, kills, restarts, perWorker, waitMs };
    const done = await torture(ground, postgres, given);
    const { takeOverMs, durationMs, stepsPerSecond, effects, flagged } = done;
    const [half, most] = [takeOverMs[Math.floor(takeOverMs.length / 2)], takeOverMs.at(-1)];
    console.log(
      `${runs} runs of ${calls} calls, ${workers} workers, ${done.kills} kills, ${done.restarts} restarts: ` +
        `${durationMs} ms, ${stepsPerSecond} steps/s, ${effects} effects, ${flagged} flagged, ` +
        `${takeOverMs.length} taken over, p50 ${half} ms, max ${most} ms`,
    );
    expect(done).toMatchObject({ incomplete: [], twice: [], lost: [], misnumbered: [], kills, restarts });
    expect(effects).toBeGreaterThanOrEqual(runs * calls - flagged);
    await ground.client.close();
    await postgres.remove();
  },
  3_600_000,
);
