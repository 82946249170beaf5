import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContextWindow } from '../../../src/agent/context/index.ts';
import { costOf, type Message, type Prices } from '../../../src/core/index.ts';
import { hostTokens, round, user } from './conversation.ts';

describe('4,000 steps, as bench/bill.mjs bills them', () => {
  const script = join(import.meta.dirname, '../../../bench/bill.mjs');
  const bills = JSON.parse(
    execFileSync(process.execPath, [script, '--json'], { encoding: 'utf8' }),
  ) as Record<string, Record<string, number | null>>;

  test('the other policies cost what is known of them', () => {
    const of = (size: number, name: string) => Math.round(bills[size]?.[name] ?? -1);
    expect(of(800, 'sliding window of 20 rounds')).toBe(85);
    expect(of(3000, 'sliding window of 20 rounds')).toBe(252);
    expect(of(800, 'cut to 20 rounds above 40k')).toBe(32);
    expect(Math.abs(of(3000, 'cut to 20 rounds above 120k') - 85)).toBeLessThanOrEqual(1);
    expect(bills[800]?.['append only']).toBeNull();
  });

  test.each(['800', '3000'])('no policy is cheaper than ours at results of %s tokens', (size) => {
    const { Perigee: ours, ...rest } = bills[size] ?? {};
    const others = Object.entries(rest).flatMap(([name, cost]) =>
      cost === null || name.startsWith('Perigee') ? [] : [cost],
    );
    expect(others.length).toBeGreaterThan(5);
    expect(ours).toBeLessThanOrEqual(Math.min(...others));
    // With the same memory it costs the same, but for the note.
    expect(rest['Perigee, `keepRounds: 20`']).toBeLessThan(1.01 * Math.min(...others));
  });
});

interface Run {
  readonly prices: Prices;
  readonly keepRounds: number;
  /** The characters of each step's result. */
  readonly results: readonly number[];
}

/** Prices whose cached tokens cost a half to a twentieth, and results that grow, shrink, jump and repeat. */
const runs: fc.Arbitrary<Run> = fc
  .record({
    ratio: fc.integer({ min: 2, max: 20 }),
    keepRounds: fc.integer({ min: 3, max: 25 }),
    phases: fc.array(
      fc.record({
        steps: fc.integer({ min: 20, max: 150 }),
        size: fc.integer({ min: 200, max: 16_000 }),
        spread: fc.double({ min: 0, max: 3, noNaN: true }),
        dice: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 5, maxLength: 17 }),
      }),
      { minLength: 2, maxLength: 5, size: 'max' },
    ),
  })
  .map(({ ratio, keepRounds, phases }) => ({
    prices: { input: 1, cachedInput: 1 / ratio, output: 4 },
    keepRounds,
    results: phases.flatMap(({ steps, size, spread, dice }) =>
      Array.from({ length: steps }, (_, step) =>
        Math.round(size * Math.exp(spread * (dice[step % dice.length] ?? 0))),
      ),
    ),
  }));

/** What a run costs whose views `show` gives, on a host that caches exact prefixes; the output is the same for all. */
function billOf({ prices, results }: Run, show: (history: readonly Message[]) => readonly Message[]): number {
  const history: Message[] = [user('Find out why the build fails.')];
  let sent: readonly Message[] = [];
  let cost = 0;
  for (const [step, size] of results.entries()) {
    const view = show(history);
    const length = sent.findIndex((message, index) => view[index] !== message);
    const cachedInputTokens =
      sent.length === 0 ? 0 : hostTokens(view.slice(0, length < 0 ? sent.length : length));
    cost += costOf({ inputTokens: hostTokens(view), cachedInputTokens, outputTokens: 0 }, prices);
    sent = view.slice();
    history.push(...round(step, [size], 200));
  }
  return cost;
}

function ourBill(run: Run): number {
  const window = new ContextWindow({ keepRounds: run.keepRounds, keepTokens: 0 }, run.prices, 10_000_000);
  return billOf(run, (history) => {
    window.append(history.slice(window.history.length));
    const cut = window.plan();
    if (cut) window.apply(cut);
    window.told({ inputTokens: hostTokens(window.messages) });
    return window.messages;
  });
}

/** Cut to the same rounds whenever the prompt has more tokens than `above`. */
function batchBill(run: Run, above: number): number {
  let from = 1;
  let size = hostTokens([]);
  let seen = 0;
  return billOf(run, (history) => {
    size += hostTokens(history.slice(seen)) - hostTokens([]);
    seen = history.length;
    if (size > above) {
      from = Math.max(1, history.length - 2 * run.keepRounds);
      size = hostTokens([...history.slice(0, 1), ...history.slice(from)]);
    }
    return [...history.slice(0, 1), ...history.slice(from)];
  });
}

test('for growths and prices of any kind no threshold is much better, not even the best in hindsight', () => {
  let sum = 0;
  let tried = 0;
  fc.assert(
    fc.property(runs, (run) => {
      const mean = run.results.reduce((total, size) => total + size + 300, 0) / run.results.length / 4;
      const kept = hostTokens([]) + run.keepRounds * mean;
      const thresholds = [0.5, 1, 2, 4, 8, 16, 32, 64].map((rounds) => kept + rounds * mean);
      const best = Math.min(...thresholds.map((above) => batchBill(run, above)));
      const factor = ourBill(run) / best;
      sum += factor;
      tried++;
      expect(factor).toBeLessThan(1.1);
    }),
    { numRuns: 60 },
  );
  expect(sum / tried).toBeLessThan(1);
});

test('it is at most the bill of a sliding window and of cutting nothing', () => {
  fc.assert(
    fc.property(runs, (run) => {
      const ours = ourBill(run);
      expect(ours).toBeLessThan(1.05 * batchBill(run, 0));
      expect(ours).toBeLessThan(1.05 * batchBill(run, Infinity));
    }),
    { numRuns: 40 },
  );
});
