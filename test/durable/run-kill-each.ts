import { beforeAll, expect, test } from 'vitest';
import { BALANCED, type Books, killing } from './run-kill-programs.ts';

interface KilledOnce extends Books {
  readonly when: 'before' | 'after';
  readonly record: number;
  readonly died: string | null;
  /** Records that the killed process left. */
  readonly onRecord: number;
  /** Calls with an intent and without a result then. */
  readonly inDoubt: readonly string[];
  readonly lookedAgain: readonly string[];
  readonly asked: number;
  readonly answered: boolean;
}

interface Report {
  readonly records: number;
  readonly killed: readonly KilledOnce[];
  readonly everyLife: Books & { readonly lives: number; readonly records: number };
}

/** Of the turn that makes the most. */
const CALLS_AT_ONCE = 4;

/** In a database each kill costs the wait until it is sure: KILLED_EACH=all npx vitest run test/durable/postgres/run-kill */
const IS_ALL = process.env['KILLED_EACH'] === 'all';

/**
 * A run that is killed at each of its records in turn. `freshUrl` gives the Postgres database that holds its session; default: a
 * file does.
 */
export function killedAtEach(freshUrl?: () => Promise<string>): void {
  let report: Report;
  beforeAll(async () => {
    const places = freshUrl && !IS_ALL ? ['after'] : [];
    report = await killing<Report>('each', ...places, ...(freshUrl ? [await freshUrl()] : []));
  }, 900_000);

  const whens = freshUrl && !IS_ALL ? ['after'] : ['before', 'after'];

  test(`was killed ${whens.join(' and ')} each of its records, and at no other place`, () => {
    const { records, killed } = report;
    expect(records).toBeGreaterThan(25);
    expect(killed.map(({ when, record }) => `${when} ${record}`)).toEqual(
      Array.from({ length: records }, (_, at) => whens.map((when) => `${when} ${at + 1}`)).flat(),
    );
    for (const { when, record, died, onRecord } of killed) {
      expect(died).toBe('SIGKILL');
      // Over a network the records of calls side by side are under way together, and come to rest in any order.
      if (freshUrl) {
        expect(Math.abs(onRecord - record)).toBeLessThanOrEqual(CALLS_AT_ONCE);
        continue;
      }
      // What is delivered from outside is on the disk together with its record.
      const least = when === 'before' ? record - 1 : record;
      expect([least, record]).toContain(onRecord);
    }
    if (freshUrl) return;
    expect(
      killed.filter(({ when, record, onRecord }) => when === 'before' && onRecord === record),
    ).toHaveLength(1);
  });

  test('has every effect exactly once, and a conversation like one that nobody killed', () => {
    for (const books of report.killed) {
      expect(books).toMatchObject(BALANCED);
      expect(books).toMatchObject({ calls: 8, effects: 8 });
    }
  });

  test('flags the calls whose intent is on record without a result, and no others', () => {
    for (const { flagged, inDoubt } of report.killed) expect(flagged).toEqual(inDoubt);
    const doubtful = report.killed.filter(({ inDoubt }) => inDoubt.length > 0);
    // Some of them had taken effect and some had not: the model finds out which.
    expect(doubtful.some(({ madeUpFor, inDoubt }) => madeUpFor === inDoubt.length)).toBe(true);
    expect(doubtful.some(({ madeUpFor }) => madeUpFor === 0)).toBe(true);
    expect(Math.max(...doubtful.map(({ inDoubt }) => inDoubt.length))).toBe(3);
  });

  test('runs no look again that is on record, and asks nobody twice who has answered', () => {
    for (const { lookedAgain, asked, answered } of report.killed) {
      expect(lookedAgain).toEqual([]);
      expect(asked).toBeGreaterThanOrEqual(1);
      if (answered) expect(asked).toBe(1);
    }
    expect(report.killed.some(({ answered }) => answered)).toBe(true);
  });

  test('comes to its end also when no process lives for more than one record', () => {
    const { everyLife } = report;
    expect(everyLife).toMatchObject(BALANCED);
    expect(everyLife).toMatchObject({ calls: 8, effects: 8, madeUpFor: 8 });
    // Each intent was the last that its process did.
    expect(everyLife.flagged).toHaveLength(8);
    expect(everyLife.lives).toBeGreaterThan(report.records);
  });
}
