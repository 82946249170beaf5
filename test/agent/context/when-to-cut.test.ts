import { describe, expect, test } from 'vitest';
import { ContextWindow, type CutPlan } from '../../../src/agent/context/index.ts';
import type { Prices } from '../../../src/core/index.ts';
import { goThrough, K26, round, TASK, worked } from './conversation.ts';

describe('when a cut is made', () => {
  test('a short run is shown whole', () => {
    const { context, cuts } = worked(15, 3_000);
    expect(cuts).toEqual([]);
    expect(context.messages).toEqual(context.history);
  });

  test('as many steps are carried as the prices ask for, and then they go at once', () => {
    const options = { keepRounds: 10, keepTokens: 0 };
    const dear = worked(200, 4_000, { options, prices: { input: 1, cachedInput: 0.5, output: 1 } }).cuts;
    const cheap = worked(200, 4_000, { options, prices: { input: 1, cachedInput: 0.05, output: 1 } }).cuts;
    // √(2 · (ratio − 1) · 10) is 4.5 and 19.5; whole steps, and the note is read anew too.
    expect(dear[3]?.steps).toBe(5);
    expect(cheap[3]?.steps).toBe(20);
    expect(cheap.every(({ reason }) => reason === 'price')).toBe(true);
  });

  test('unknown prices count as four to one, also prices of zero', () => {
    const stepsAt = (prices: Prices | undefined) => {
      const context = new ContextWindow({ keepRounds: 10, keepTokens: 0 }, prices, undefined);
      const cuts: CutPlan[] = [];
      goThrough(
        context,
        [[TASK], ...Array.from({ length: 100 }, (_, step) => round(step, [4_000]))],
        (cut) => cut && cuts.push(cut),
      );
      return cuts.map(({ at }) => at);
    };
    const four = stepsAt({ input: 4, cachedInput: 1, output: 1 });
    expect(four.length).toBeGreaterThan(5);
    expect(stepsAt(undefined)).toEqual(four);
    expect(stepsAt({ input: 0, cachedInput: 0, output: 0 })).toEqual(four);
  });

  test('where cached tokens are free only the ceiling cuts', () => {
    const { cuts } = worked(100, 8_000, {
      options: { keepRounds: 2, keepTokens: 0 },
      prices: { input: 1, cachedInput: 0, output: 1 },
      window: 131_072,
    });
    expect(cuts[0]?.before).toBeGreaterThan(100_000);
    expect(new Set(cuts.map(({ reason }) => reason))).toEqual(new Set(['ceiling']));
  });

  test('at a threshold in tokens, and not again before it is reached again', () => {
    const { cuts } = worked(200, 4_000, { options: { threshold: 40_000, keepRounds: 10, keepTokens: 0 } });
    expect(cuts.length).toBeGreaterThan(4);
    for (const { reason, before, after, steps } of cuts) {
      expect(reason).toBe('threshold');
      expect(before).toBeGreaterThan(40_000);
      expect(before).toBeLessThan(42_000);
      expect(after).toBeLessThan(17_000);
      expect(steps).toBeGreaterThan(18);
    }
  });

  test('a threshold below what would be kept does not cut at every step', () => {
    const { cuts } = worked(100, 12_000, { options: { threshold: 40_000, keepRounds: 20 } });
    expect(cuts.length).toBeLessThan(100 / 3);
    for (const { after } of cuts) expect(after).toBeLessThan(28_000);
  });

  test('the expected threshold is where the cut then comes', () => {
    const context = new ContextWindow({ keepRounds: 10 }, K26, undefined);
    let expected = 0;
    const misses: number[] = [];
    goThrough(context, [[TASK], ...Array.from({ length: 200 }, (_, step) => round(step, [4_000]))], (cut) => {
      if (cut) misses.push(Math.abs(cut.before - expected) / cut.before);
      expected = context.estimate().threshold;
    });
    expect(misses.length).toBeGreaterThan(5);
    for (const miss of misses.slice(1)) expect(miss).toBeLessThan(0.06);
  });
});
