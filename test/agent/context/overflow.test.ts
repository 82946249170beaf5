import { describe, expect, test } from 'vitest';
import { ContextWindow, type CutPlan } from '../../../src/agent/context/index.ts';
import { type Message, textOf } from '../../../src/core/index.ts';
import { goThrough, hostTokens, K26, problemsOf, round, rounds, TASK, user, worked } from './conversation.ts';

describe('what does not fit', () => {
  test('fewer rounds than wanted stay where they would fill the window', () => {
    const { context, cuts } = worked(60, 40_000, { window: 131_072 });
    expect(cuts.length).toBeGreaterThan(5);
    for (const { before, after } of cuts) {
      expect(before).toBeLessThan(120_000);
      expect(after).toBeLessThan(75_000);
    }
    expect(problemsOf(context.messages)).toEqual([]);
  });

  test('large instructions and many tools leave less room, but not one round only', () => {
    const context = new ContextWindow(undefined, K26, 32_768);
    const kept: number[] = [];
    context.append([TASK]);
    for (let step = 0; step < 60; step++) {
      context.append(round(step, [2_000]));
      const cut = context.plan();
      if (cut) context.apply(cut);
      if (cut) kept.push(context.messages.filter(({ role }) => role === 'tool').length);
      context.told({ inputTokens: hostTokens(context.messages) + 16_000 });
    }
    expect(kept.length).toBeGreaterThan(3);
    for (const rounds of kept.slice(1)) expect(rounds).toBeGreaterThan(5);
  });

  test('a single result that is larger than the window is shortened, and can be read back', () => {
    const context = new ContextWindow(undefined, K26, 32_768);
    goThrough(context, [[TASK], round(0, [100]), round(1, [4_000, 900_000])]);
    const shown = context.messages.find(
      (message) => message.role === 'tool' && message.toolCallId === 'functions.read_file:11',
    );
    expect(textOf(shown?.content ?? '')).toContain('read_result({"id": "functions.read_file:11"');
    expect(context.messages).toContain(context.history.at(-2));
    expect(hostTokens(context.messages)).toBeLessThan(27_000);
    expect(context.resultOf('functions.read_file:11')?.length).toBe(900_000);
    expect(problemsOf(context.messages)).toEqual([]);
  });

  test('after an overflow the prompt is halved until nothing is left to cut, and the ceiling is lower from then on', () => {
    const context = new ContextWindow(undefined, K26, 1_000_000);
    context.append([TASK, ...rounds(40, 20_000)]);
    context.told({ inputTokens: hostTokens(context.messages) });
    const sizes: number[] = [];
    for (let cut = context.overflowed(); cut; cut = context.overflowed()) {
      expect(cut.reason).toBe('overflow');
      context.apply(JSON.parse(JSON.stringify(cut)) as CutPlan);
      sizes.push(hostTokens(context.messages));
      expect(problemsOf(context.messages)).toEqual([]);
      expect(context.messages[0]).toBe(TASK);
    }
    expect(sizes.length).toBeGreaterThan(3);
    expect(sizes[0]).toBeLessThan(120_000);
    expect(sizes.at(-1)).toBeLessThan(3_500);
    for (const [index, size] of sizes.entries())
      expect(size).toBeLessThan((sizes[index - 1] ?? Infinity) * 0.95);
    expect(context.estimate().threshold).toBeLessThan(200_000);
  });

  test('a task that alone is too long is not cut, and nothing is cut in vain at every step', () => {
    const context = new ContextWindow({ maxTokens: 20_000 }, K26, undefined);
    const cuts: CutPlan[] = [];
    const long = user('t'.repeat(100_000));
    goThrough(
      context,
      [[long], ...Array.from({ length: 40 }, (_, step) => round(step, [400]))],
      (cut) => cut && cuts.push(cut),
    );
    expect(context.messages[0]).toBe(long);
    expect(cuts.length).toBeLessThan(10);
    const alone = new ContextWindow({ maxTokens: 20_000 }, K26, undefined);
    alone.append([long]);
    expect(alone.plan()).toBeUndefined();
    expect(alone.overflowed()).toBeUndefined();
  });

  test('pictures count by what they are, not by the length of their address', () => {
    const context = new ContextWindow(undefined, K26, 262_144);
    const picture: Message = {
      role: 'user',
      content: [{ type: 'image', url: `data:image/png;base64,${'A'.repeat(3_000_000)}` }],
    };
    context.append([picture]);
    expect(context.estimate().tokens).toBeGreaterThan(500);
    expect(context.estimate().tokens).toBeLessThan(3_000);
  });
});
