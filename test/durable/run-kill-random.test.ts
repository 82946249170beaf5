import { expect, test } from 'vitest';
import { BALANCED, type Books, killing } from './run-kill-programs.ts';

interface Report extends Books {
  readonly kills: number;
  readonly records: number;
  readonly cuts: number;
}

// For a longer one: KILLS=1000 KILLED_STEPS=5000 npx vitest run test/durable/run-kill-random
const KILLS = Number(process.env['KILLS'] ?? 40);
const STEPS = Number(process.env['KILLED_STEPS'] ?? 200);

test(
  `${KILLS} kills at random moments of ${STEPS} steps lose no effect and repeat none`,
  async () => {
    const report = await killing<Report>('random', String(KILLS), String(STEPS));
    const { kills, steps, calls, effects, flagged, madeUpFor, cuts, records } = report;
    expect(report).toMatchObject(BALANCED);
    expect(kills).toBe(KILLS);
    expect(steps).toBeGreaterThanOrEqual(STEPS);
    expect(calls).toBeGreaterThan(STEPS);
    expect(effects).toBe(calls);
    // Without them it would not have been killed where it matters, nor across cuts of its prompt.
    expect(flagged.length).toBeGreaterThan(0);
    expect(cuts).toBeGreaterThan(1);
    console.log(
      `${kills} kills, ${steps} steps, ${records} records, ${cuts} cuts, ${effects} effects of ${calls} calls, ` +
        `${flagged.length} flagged, ${madeUpFor} of them made up for`,
    );
  },
  600_000 * Math.max(1, KILLS / 100),
);
