import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { argumentProblem } from '../../src/conform/index.ts';
import { CATEGORIES, SUITE, SUITE_VERSION } from '../../src/verify/index.ts';
import { wordsOf } from './labelled.ts';
import { labelledHost } from './labelled-host.ts';
import { below100, codesOf, measure, reportOn, sideAt } from './measuring.ts';

test('the suite has at least 120 questions in all categories, no two of one name or of the same words', () => {
  expect(SUITE.length).toBeGreaterThanOrEqual(120);
  expect(new Set(SUITE.map(({ id }) => id)).size).toBe(SUITE.length);
  expect(new Set(SUITE.map(({ messages }) => wordsOf(messages))).size).toBe(SUITE.length);
  expect([...new Set(SUITE.map(({ category }) => category))]).toEqual([...CATEGORIES]);
  for (const { id, category } of SUITE) expect(id.startsWith(`${category}/`)).toBe(true);
});

test('whoever changes a question gives the suite another version, since results are kept by it', () => {
  const hash = createHash('sha256').update(JSON.stringify(SUITE)).digest('hex').slice(0, 12);
  expect([SUITE_VERSION, hash]).toEqual(['2026-11-26', '0c279323294b']);
});

test('the suite asks for what it says it covers', () => {
  const count = (is: (asked: (typeof SUITE)[number]) => boolean) => SUITE.filter(is).length;
  for (const choice of ['auto', 'none', 'required'])
    expect(count(({ toolChoice }) => toolChoice === choice)).toBeGreaterThanOrEqual(2);
  expect(count(({ toolChoice }) => typeof toolChoice === 'object')).toBeGreaterThanOrEqual(4);
  expect(count(({ thinking }) => thinking === 'on')).toBeGreaterThanOrEqual(12);
  expect(count(({ thinking }) => thinking === 'off')).toBeGreaterThanOrEqual(12);
  expect(count(({ modes }) => modes?.length === 2)).toBeGreaterThanOrEqual(10);
  expect(count(({ label }) => label.calls.length > 1)).toBeGreaterThanOrEqual(12);
  expect(count(({ label }) => label.calls.length === 0)).toBeGreaterThanOrEqual(15);
  expect(count(({ followUp }) => followUp !== undefined)).toBeGreaterThanOrEqual(10);
  expect(count(({ proves }) => proves === 'reasoning')).toBeGreaterThanOrEqual(2);
  const longest = Math.max(...SUITE.map(({ label }) => JSON.stringify(label.calls).length));
  expect(longest).toBeGreaterThan(8192);
});

test('the labelled calls are of declared tools and fit their schemas', () => {
  const wrong = SUITE.flatMap(({ id, tools, label, followUp }) =>
    [label, followUp?.label ?? { calls: [] }].flatMap(({ calls }) =>
      calls.flatMap(({ name, arguments: given, sure = [] }) => {
        const tool = tools.find((declared) => declared.name === name);
        if (!tool) return [`${id}: ${name} is not declared`];
        const odd = sure.filter((key) => !Object.hasOwn(given, key));
        if (odd.length > 0) return [`${id}: ${odd} is sure and not there`];
        const problem = argumentProblem(tool.parameters, JSON.stringify(given));
        return problem === undefined ? [] : [`${id}: ${problem}`];
      }),
    ),
  );
  expect(wrong).toEqual([]);
});

test('a clean host scores 100 in every measure, and nothing is found', async () => {
  const { baseUrl } = await labelledHost();
  const { outcome, reports } = await measure([sideAt(baseUrl)]);
  const [report] = reports;
  expect(outcome).toMatchObject({ interrupted: false, skipped: [] });
  expect(report!.findings).toEqual([]);
  expect(report!.measures.map(({ name, percent }) => [name, percent])).toEqual(
    report!.measures.map(({ name }) => [name, 100]),
  );
  expect(report!.idForms).toEqual({ 'functions.NAME:N': expect.any(Number) });
  expect(report!.speed.usage.output).toBe(20 * report!.answers);
});

test('what a model cannot do is not asked of it, and no fault of the host', async () => {
  const { baseUrl, seen } = await labelledHost({
    spoil: (answer) => ({ ...answer, reasoning: '' }),
  });
  const { outcome, reports } = await measure([sideAt(baseUrl, 'host', 'kimi-k2-0905-preview')]);
  const asksThinking = SUITE.filter(({ thinking }) => thinking === 'on').map(({ id }) => id);
  expect(outcome.skipped.map((entry) => entry.case)).toEqual(asksThinking);
  expect(seen.some(({ body }) => body.includes('"thinking"'))).toBe(false);
  expect(below100(reports[0]!)).toEqual({});
});

test('a part of the suite is measured alone', async () => {
  const { baseUrl } = await labelledHost();
  const cases = SUITE.filter(({ category }) => category === 'no-call');
  const report = await reportOn(baseUrl, { cases });
  expect(report.answers).toBe(cases.length + 1);
  expect(codesOf(report)).toEqual([]);
  expect(report.measures.find(({ name }) => name === 'f1')).toMatchObject({ of: 0, percent: null });
  expect(report.categories.map(({ category }) => category)).toEqual(['no-call']);
});
