import { describe, expect, test } from 'vitest';
import { type ContextOptions, ContextWindow } from '../../../src/agent/context/index.ts';
import { TokenMeter } from '../../../src/agent/context/token-meter.ts';
import { PerigeeError } from '../../../src/core/index.ts';
import { K26, round, user } from './conversation.ts';

describe('options', () => {
  test('the defaults, for a window of 262,144 tokens', () => {
    expect(new ContextWindow(undefined, K26, 262_144).settings).toEqual({
      maxTokens: expect.closeTo(218_453, -1),
      keepRounds: 16,
      keepTokens: 16_000,
      threshold: 'auto',
      spillOver: 24_000,
      summaryTokens: 0,
    });
  });

  test('a prompt leaves room for the answer that is asked for, and is never above the window', () => {
    const room = (maxTokens?: number, answerTokens?: number) =>
      new ContextWindow({ ...(maxTokens && { maxTokens }) }, K26, 120_000, {
        ...(answerTokens && { answerTokens }),
      }).settings.maxTokens;
    expect(room()).toBe(100_000);
    expect(room(50_000)).toBe(50_000);
    expect(room(500_000)).toBe(100_000);
    expect(room(undefined, 40_000)).toBe(75_000);
    expect(room(undefined, 119_000)).toBe(30_000);
  });

  test.each<[string, unknown]>([
    ['maxTokens', 10],
    ['keepRounds', 0],
    ['keepTokens', -1],
    ['threshold', 'often'],
    ['threshold', 5],
    ['spillOver', '24k'],
    ['spillOver', Number.NaN],
    ['summary.maxTokens', 5],
  ])('%s may not be %o', (name, value) => {
    const options = (
      name === 'summary.maxTokens' ? { summary: { maxTokens: value } } : { [name]: value }
    ) as ContextOptions;
    let thrown: unknown;
    try {
      new ContextWindow(options, K26, undefined);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(PerigeeError);
    expect(thrown).toMatchObject({ code: 'invalid-options' });
    expect((thrown as PerigeeError).message).toContain(`context.${name} is ${value}`);
  });
});

describe('the estimate', () => {
  test('is exact for what the host has reported, and follows its own tokens a character from then on', () => {
    const window = new ContextWindow({ keepRounds: 50 }, K26, 1_000_000);
    window.append([user('Find out why the build fails.')]);
    let tokens = 9_000;
    for (let step = 0; step < 20; step++) {
      window.told({ inputTokens: tokens });
      expect(window.estimate().tokens).toBe(tokens);
      window.append(round(step, [6_000], 0));
      // A text of which a token is two characters only.
      tokens += 3_075;
    }
    expect(Math.abs(window.estimate().tokens - tokens)).toBeLessThan(200);
  });

  test('a report after a cut says nothing about a character, for what went is not what came', () => {
    const reported = (shrunk: boolean) => {
      const meter = new TokenMeter();
      meter.told(20_000, 60_000);
      if (shrunk) meter.shrunk();
      meter.told(50_000, 61_000);
      return meter.ratio;
    };
    expect(reported(true)).toBeCloseTo(0.3, 2);
    expect(reported(false)).toBe(2);
  });

  test('is not misled by a host that reports nothing, nonsense, or fewer tokens than before', () => {
    const window = new ContextWindow(undefined, K26, 262_144);
    window.append([user('Find out why the build fails.'), ...round(0, [4_000])]);
    const before = window.estimate().tokens;
    for (const inputTokens of [0, -5, Number.NaN, Infinity]) window.told({ inputTokens });
    expect(window.estimate().tokens).toBe(before);
    window.told({ inputTokens: 2_000 });
    window.append(round(1, [4_000]));
    window.told({ inputTokens: 10 });
    window.append(round(2, [4_000]));
    expect(window.estimate().tokens).toBeGreaterThan(500);
    expect(window.estimate().tokens).toBeLessThan(10_000);
  });
});
