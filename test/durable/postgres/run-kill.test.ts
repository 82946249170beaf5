import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, type Postgres, startPostgres } from '../../postgres.ts';
import { killedAtEach } from '../run-kill-each.ts';
import { BALANCED, type Books, killing } from '../run-kill-programs.ts';

interface Report extends Books {
  readonly kills: number;
  readonly records: number;
}

// For a longer one: KILLS=1000 KILLED_STEPS=5000 npx vitest run test/durable/postgres/run-kill
const KILLS = Number(process.env['KILLS'] ?? 12);
const STEPS = Number(process.env['KILLED_STEPS'] ?? 80);

describe.skipIf(!hasPostgres)('a run with its session in Postgres', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  describe('that is killed at a record and gone on with by another process', () =>
    killedAtEach(() => postgres.freshUrl()));

  test(
    `loses no effect and repeats none in ${KILLS} kills at random moments of ${STEPS} steps`,
    async () => {
      const report = await killing<Report>('random', String(KILLS), String(STEPS), await postgres.freshUrl());
      const { kills, steps, calls, effects, flagged, madeUpFor, records } = report;
      expect(report).toMatchObject(BALANCED);
      expect(kills).toBe(KILLS);
      expect(steps).toBeGreaterThanOrEqual(STEPS);
      expect(calls).toBeGreaterThan(STEPS);
      expect(effects).toBe(calls);
      console.log(
        `${kills} kills, ${steps} steps, ${records} records, ${effects} effects of ${calls} calls, ` +
          `${flagged.length} flagged, ${madeUpFor} of them made up for`,
      );
    },
    600_000 * Math.max(1, KILLS / 100),
  );
});
