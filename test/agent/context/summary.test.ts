import { expect, test } from 'vitest';
import { ContextWindow, type CutPlan, summaryRequest } from '../../../src/agent/context/index.ts';
import { textOf } from '../../../src/core/index.ts';
import { hostTokens, K26, problemsOf, round, rounds, user } from './conversation.ts';

/** A window that is about to make its first cut. */
function due(maxTokens: number | undefined) {
  const summary = maxTokens === undefined ? false : { maxTokens };
  const window = new ContextWindow({ keepRounds: 4, keepTokens: 0, summary }, K26, 262_144);
  window.append([user('Find out why the build fails.')]);
  for (let step = 0; ; step++) {
    window.append(round(step, [4_000]));
    const cut = window.plan();
    if (cut) return { window, cut };
  }
}

test('no summary is asked for unless it is wanted', () => {
  const { window, cut } = due(undefined);
  expect(summaryRequest(cut, window)).toBeUndefined();
});

test('the question stands behind the prompt that the host has cached, and says what is about to go', () => {
  const { window, cut } = due(500);
  const request = summaryRequest(cut, window);
  expect(request?.messages.slice(0, -1)).toEqual(window.messages);
  expect(request?.messages[0]).toBe(window.messages[0]);
  const question = textOf(request?.messages.at(-1)?.content ?? '');
  expect(question).toContain(
    `up to and including the call functions.read_file:${(cut.steps - 1) * 10} are about to be cut`,
  );
  expect(question).toContain('in 300 words at most');
  expect(request?.maxTokens).toBe(8_500);
  expect(problemsOf(request?.messages ?? [])).toEqual([]);
});

test('where the prompt was too long, a bounded outline of what is cut is asked about', () => {
  const window = new ContextWindow({ summary: true }, K26, 100_000);
  window.append([user('Find out why the build fails.'), ...rounds(400, 4_000)]);
  const first = window.overflowed() as CutPlan;
  window.apply(first, 'The cause is in a.ts.');
  window.append(rounds(400, 4_000, 400));
  const cut = window.overflowed() as CutPlan;
  const request = summaryRequest(cut, window);
  expect(request?.messages.length).toBe(1);
  const outline = textOf(request?.messages[0]?.content ?? '');
  expect(outline).toContain('Find out why the build fails.');
  expect(outline).toContain('The cause is in a.ts.');
  const lastCut = window.history.slice(0, cut.tailFrom).findLast(({ role }) => role === 'tool');
  expect(outline).toContain(lastCut?.role === 'tool' ? `result of ${lastCut.toolCallId}: xxx` : 'never');
  expect(hostTokens(request?.messages ?? [])).toBeLessThan(32_000);
  expect(hostTokens(request?.messages ?? [])).toBeGreaterThan(15_000);
});

test('a cut that takes out no step needs no summary', () => {
  const { window, cut } = due(500);
  expect(summaryRequest({ ...cut, steps: 0 }, window)).toBeUndefined();
});
