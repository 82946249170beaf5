import { describe, expect, test } from 'vitest';
import { ContextWindow, Ledger } from '../../../src/agent/context/index.ts';
import { answer, goThrough, hostTokens, K26, round, user } from './conversation.ts';

const NOTHING = { leftOut: 0, keptReasoning: 0 };
const PRICES = { input: 10, cachedInput: 1, output: 100 };

function usage(inputTokens: number, cachedInputTokens: number, outputTokens = 0) {
  return { inputTokens, cachedInputTokens, outputTokens };
}

describe('the bill', () => {
  test('adds up what was paid and what was cached', () => {
    const ledger = new Ledger(PRICES, undefined);
    ledger.add({ usage: usage(1_000, 0, 100), estimate: NOTHING, wasCut: false });
    ledger.add({ usage: usage(3_000, 1_000, 100), estimate: NOTHING, wasCut: false });
    const bill = ledger.bill();
    expect(bill.cost).toBeCloseTo((1_000 * 10 + 2_000 * 10 + 1_000 * 1 + 200 * 100) / 1e6, 12);
    expect(bill.cachedShare).toBe(0.25);
    expect(bill).toMatchObject({ cuts: 0, saved: 0, usage: usage(4_000, 1_000, 200) });
  });

  test('models what cutting nothing would have cost: all of the history, cached as far as it was there before', () => {
    const ledger = new Ledger(PRICES, 10_500);
    ledger.add({ usage: usage(10_000, 0), estimate: NOTHING, wasCut: false });
    ledger.add({ usage: usage(4_000, 500), estimate: { leftOut: 7_000, keptReasoning: 0 }, wasCut: true });
    ledger.add({ usage: usage(5_000, 4_000), estimate: { leftOut: 7_000, keptReasoning: 0 }, wasCut: false });
    const { appendOnly, cost, saved, cuts } = ledger.bill();
    expect(appendOnly.cost).toBeCloseTo((100_000 + (10_000 + 1_000 * 10) + (11_000 + 1_000 * 10)) / 1e6, 12);
    expect(saved).toBeCloseTo((appendOnly.cost ?? 0) - (cost ?? 0), 12);
    expect(appendOnly.overflowAt).toBe(2);
    expect(cuts).toBe(1);
  });

  test('does not credit a cache to a host that has none', () => {
    const ledger = new Ledger(PRICES, undefined);
    ledger.add({ usage: usage(10_000, 0), estimate: NOTHING, wasCut: false });
    ledger.add({ usage: usage(4_000, 0), estimate: { leftOut: 7_000, keptReasoning: 0 }, wasCut: true });
    expect(ledger.bill().appendOnly.cost).toBeCloseTo((10_000 + 11_000) * 1e-5, 12);
  });

  test('an attempt of which the host told nothing changes nothing', () => {
    const [told, both] = [new Ledger(PRICES, undefined), new Ledger(PRICES, undefined)];
    for (const ledger of [told, both]) {
      ledger.add({ usage: usage(10_000, 0), estimate: NOTHING, wasCut: false });
      const estimate = { leftOut: 7_000, keptReasoning: 100 };
      if (ledger === both) ledger.add({ usage: usage(0, 0), estimate, wasCut: false });
      ledger.add({ usage: usage(4_000, 500), estimate, wasCut: true });
    }
    expect(both.bill()).toEqual({ ...told.bill(), points: expect.anything() });
  });

  test('counts summaries, without making them part of what append-only would have cost', () => {
    const ledger = new Ledger(PRICES, undefined);
    ledger.add({ usage: usage(10_000, 0), estimate: NOTHING, wasCut: false });
    ledger.addSummary(usage(10_000, 10_000, 1_000));
    expect(ledger.bill().summaries).toBeCloseTo(0.11, 12);
    expect(ledger.bill().saved).toBeCloseTo(-0.11, 12);
  });

  test('without prices there are tokens and no dollars', () => {
    const ledger = new Ledger(undefined, undefined);
    ledger.add({ usage: usage(10_000, 5_000), estimate: { leftOut: 0, keptReasoning: 100 }, wasCut: false });
    expect(ledger.bill()).toMatchObject({
      cost: undefined,
      saved: undefined,
      cachedShare: 0.5,
      keptReasoning: { tokens: 100, cost: undefined },
    });
  });

  test('a run of any length is a plot of a bounded number of points that add up to it', () => {
    const ledger = new Ledger(PRICES, undefined);
    for (let step = 0; step < 10_000; step++) {
      ledger.add({ usage: usage(1_000 + step, 500, 10), estimate: NOTHING, wasCut: step % 100 === 99 });
    }
    const { points, cost, cuts } = ledger.bill();
    expect(points.length).toBeLessThanOrEqual(512);
    expect(points.length).toBeGreaterThan(256);
    expect(points.reduce((sum, point) => sum + point.cost, 0)).toBeCloseTo(cost ?? 0, 6);
    expect(points.reduce((sum, point) => sum + point.requests, 0)).toBe(10_000);
    expect(points.reduce((sum, point) => sum + point.cuts, 0)).toBe(cuts);
    expect(points.at(-1)?.promptTokens).toBe(10_999);
    for (const [index, point] of points.entries()) {
      const before = points[index - 1];
      expect(point.from).toBe(before ? before.from + before.requests : 1);
    }
  });
});

test('a real run: what the ledger says is saved is what the two ways differ by', () => {
  const window = new ContextWindow({ keepRounds: 5, keepTokens: 0 }, K26, 262_144);
  const ledger = new Ledger(K26, 262_144);
  const pieces = [
    [user('Find out why the build fails.')],
    ...Array.from({ length: 150 }, (_, step) => round(step, [4_000])),
  ];
  let sent: readonly unknown[] = [];
  let whole = 0;
  let appendOnly = 0;
  goThrough(window, pieces, (cut) => {
    const { messages } = window;
    const length = sent.findIndex((message, index) => messages[index] !== message);
    const cached = sent.length === 0 ? 0 : hostTokens(messages.slice(0, length < 0 ? sent.length : length));
    ledger.add({
      usage: usage(hostTokens(messages), cached),
      estimate: window.estimate(),
      wasCut: cut !== undefined,
    });
    sent = messages.slice();
    const now = hostTokens(window.history);
    appendOnly += ((now - whole) * K26.input + whole * K26.cachedInput) / 1e6;
    whole = now;
  });
  const bill = ledger.bill();
  expect(bill.cuts).toBeGreaterThan(10);
  expect(bill.appendOnly.cost).toBeGreaterThan(0.97 * appendOnly);
  expect(bill.appendOnly.cost).toBeLessThan(1.03 * appendOnly);
  expect(bill.saved).toBeGreaterThan(0.5 * appendOnly);
});

describe('kept reasoning', () => {
  const chat = (keepsReasoning: boolean) => {
    const window = new ContextWindow(undefined, K26, 262_144, { keepsReasoning });
    window.append([user('First'), ...round(0, [400], 4_000), answer('So.')]);
    return window;
  };

  test('within one prompt of the user nothing is kept that would be dropped otherwise', () => {
    expect(chat(true).estimate().keptReasoning).toBe(0);
  });

  test('over the next prompt it is, and it has its price', () => {
    const window = chat(true);
    window.append([user('Second')]);
    const estimate = window.estimate();
    expect(estimate.keptReasoning).toBeGreaterThan(900);
    const ledger = new Ledger(PRICES, undefined);
    ledger.add({ usage: usage(5_000, 4_500), estimate, wasCut: false });
    expect(ledger.bill().keptReasoning).toEqual({
      tokens: estimate.keptReasoning,
      cost: expect.closeTo(estimate.keptReasoning / 1e6, 9),
    });
  });

  test('a host that drops it has a shorter prompt after the next message of the user', () => {
    const window = chat(false);
    const before = window.estimate().tokens;
    window.append([user('Second')]);
    expect(window.estimate().tokens).toBeLessThan(before - 900);
    expect(window.estimate().keptReasoning).toBe(0);
    expect(window.messages).toEqual(window.history);
  });
});
