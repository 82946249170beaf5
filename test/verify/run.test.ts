import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PerigeeError } from '../../src/core/index.ts';
import {
  type Observation,
  openResults,
  type ResultsHeader,
  readResults,
  reportOf,
  SUITE,
  SUITE_VERSION,
} from '../../src/verify/index.ts';
import { Gate } from '../../src/verify/run/gate.ts';
import { folderWith } from '../cli/command.ts';
import { answerJson, closedPort } from '../upstream/server.ts';
import { labelledHost } from './labelled-host.ts';
import { codesOf, measure, reportOn, sideAt } from './measuring.ts';

const CASES = SUITE.filter(({ category }) => category === 'single');
const HEADER: ResultsHeader = {
  type: 'perigee-verify',
  suite: SUITE_VERSION,
  sides: { host: { where: 'http://here/v1', model: 'kimi-k2.6' } },
};

test('a 429 is waited for as long as the host says, and counted', async () => {
  let refused = 0;
  const { baseUrl, seen } = await labelledHost({
    instead(response) {
      if (refused++ % 3 !== 0) return false;
      answerJson(response, 429, { error: { message: 'slow down' } }, { 'retry-after-ms': '5' });
      return true;
    },
  });
  const { reports } = await measure([sideAt(baseUrl)], { cases: CASES, concurrency: 1 });
  const { speed, answers } = reports[0]!;
  expect(answers).toBe(CASES.length);
  expect(speed.waits).toBe(seen.length - CASES.length);
  expect(speed.waits).toBeGreaterThan(5);
  expect(speed.waitedMs).toBe(5 * speed.waits);
});

test('a host that never says anything but 429 is given up at last', async () => {
  const { baseUrl, seen } = await labelledHost({
    instead(response) {
      answerJson(response, 429, { error: { message: 'never' } }, { 'retry-after-ms': '0' });
      return true;
    },
  });
  const { outcome } = await measure([sideAt(baseUrl)], { cases: CASES, maxWaits: 3, concurrency: 1 });
  expect(seen).toHaveLength(4);
  expect(outcome).toMatchObject({ interrupted: true, observations: [] });
  expect(outcome.error).toMatchObject({ code: 'rate-limited', remedy: expect.stringContaining('later') });
});

test('while one waits for the host, the gate holds all others as long, and a shorter wait does not open it', async () => {
  let now = 0;
  const gate = new Gate(() => now);
  gate.closeFor(60_000);
  now = 10_000;
  gate.closeFor(5);
  expect(gate.left).toBe(50_000);
  const stop = new AbortController();
  const held = gate.pass(stop.signal);
  stop.abort();
  await expect(held).rejects.toMatchObject({ code: 'aborted' });
  now = 60_000;
  await expect(gate.pass(new AbortController().signal)).resolves.toBeUndefined();
});

test('an interrupted run keeps what it has, and goes on with the rest alone', async () => {
  const { baseUrl } = await labelledHost();
  const path = join(folderWith(), 'results.jsonl');
  const stop = new AbortController();
  const file = openResults(path, HEADER);
  const { outcome: first } = await measure([sideAt(baseUrl)], {
    cases: CASES,
    concurrency: 3,
    signal: stop.signal,
    onObservation(seenNow) {
      file.add(seenNow);
      if (readResults(path).observations.length === 7) stop.abort();
    },
  });
  file.close();
  expect(first.interrupted).toBe(true);
  expect(first.observations.length).toBeGreaterThanOrEqual(7);
  expect(first.observations.length).toBeLessThan(CASES.length);
  // The process dies in the middle of a line.
  appendFileSync(path, '{"side":"host","case":"single/tor');

  const again = openResults(path, HEADER);
  expect(again.known).toEqual(first.observations);
  const another = await labelledHost();
  const { outcome, reports } = await measure([sideAt(another.baseUrl)], {
    cases: CASES,
    known: again.known,
    onObservation: (observation) => again.add(observation),
  });
  again.close();
  expect(outcome.interrupted).toBe(false);
  expect(another.seen.length).toBe(CASES.length - again.known.length);
  expect(reports[0]!.answers).toBe(CASES.length);
  expect(readResults(path).observations).toHaveLength(CASES.length);
  expect(readFileSync(path, 'utf8')).not.toContain('single/tor');
});

test('a second step is asked after the first one was read from the file', async () => {
  const { baseUrl, seen } = await labelledHost();
  const cases = SUITE.filter(({ id }) => id === 'sequential/order-then-refund');
  const { outcome } = await measure([sideAt(baseUrl)], { cases });
  expect(outcome.observations.map(({ step }) => step)).toEqual([0, 1]);
  const known = outcome.observations.slice(0, 1);
  const { outcome: rest } = await measure([sideAt(baseUrl)], { cases, known });
  expect(seen).toHaveLength(3);
  expect(rest.observations.map(({ step }) => step)).toEqual([0, 1]);
  const sent = JSON.parse(seen[2]!.body) as { messages: { tool_calls?: unknown }[] };
  expect(sent.messages.at(-2)!.tool_calls).toEqual([
    {
      id: 'functions.get_order:0',
      type: 'function',
      function: { name: 'get_order', arguments: '{"order_id":"C-32"}' },
    },
  ]);
});

test('what failed for the moment is asked again, what was refused is not', async () => {
  const { baseUrl, seen } = await labelledHost();
  const cases = CASES.slice(0, 3);
  const place = {
    side: 'host',
    mode: 'stream',
    repeat: 0,
    step: 0,
    at: 1,
    waits: 0,
    waitedMs: 0,
    failures: [],
  } as const;
  const known: Observation[] = [
    { ...place, case: cases[0]!.id, problem: { code: 'overloaded', message: 'busy' } },
    { ...place, case: cases[1]!.id, problem: { code: 'refused', message: 'no', status: 400 } },
    { ...place, case: cases[2]!.id, problem: { code: 'timed-out', message: 'late' } },
  ];
  const { outcome } = await measure([sideAt(baseUrl)], { cases, known });
  expect(seen).toHaveLength(2);
  expect(outcome.observations).toHaveLength(3);
});

test.each([
  ['another suite', { ...HEADER, suite: 'old' }, 'of the suite old'],
  ['another model', { ...HEADER, sides: { host: { where: 'http://here/v1', model: 'k3' } } }, 'was k3 at'],
  ['without the side', { ...HEADER, sides: {} }, 'the host was not asked'],
  ['something else', { type: 'x' }, 'its first line is not that of perigee verify'],
])('a file of %s is not gone on with', (_, header, words) => {
  const path = join(folderWith({ 'r.jsonl': `${JSON.stringify(header)}\n` }), 'r.jsonl');
  expect(() => openResults(path, HEADER)).toThrow(words);
  expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(header)}\n`);
});

test('a file that is no results file is left as it is', () => {
  const path = join(folderWith(), 'notes.txt');
  for (const text of ['my notes', 'my notes\nand more\n', '{}\n', `${JSON.stringify(HEADER)}\n{"a":1}\n`]) {
    writeFileSync(path, text);
    expect(() => openResults(path, HEADER)).toThrow(PerigeeError);
    expect(readFileSync(path, 'utf8')).toBe(text);
  }
});

test.each([
  [401, 'wrong-api-key'],
  [404, 'model-not-found'],
  [402, 'quota-exceeded'],
])('HTTP %i ends the run at once', async (status, code) => {
  const { baseUrl, seen } = await labelledHost({
    instead(response) {
      answerJson(response, status, { error: { message: 'no' } });
      return true;
    },
  });
  const { outcome } = await measure([sideAt(baseUrl)], { cases: CASES, concurrency: 2 });
  expect(outcome.error).toMatchObject({ code });
  expect(outcome).toMatchObject({ interrupted: true, observations: [] });
  expect(seen.length).toBeLessThanOrEqual(2);
});

test('a port on which nothing listens ends the run, in words', async () => {
  const { outcome } = await measure([sideAt(`http://127.0.0.1:${await closedPort()}/v1`)], { cases: CASES });
  expect(outcome.error).toMatchObject({ code: 'connection-refused' });
});

test('a quota that runs out in the middle keeps what was measured', async () => {
  let count = 0;
  const { baseUrl } = await labelledHost({
    instead(response) {
      if (count++ < 5) return false;
      answerJson(response, 429, {
        error: { message: 'insufficient balance', type: 'exceeded_current_quota_error' },
      });
      return true;
    },
  });
  const { outcome, reports } = await measure([sideAt(baseUrl)], { cases: CASES, concurrency: 1 });
  expect(outcome.error).toMatchObject({ code: 'quota-exceeded' });
  expect(reports[0]!.answers).toBe(5);
});

test('an answer that never comes is given up, and found', async () => {
  const { baseUrl } = await labelledHost({ instead: (_, __, { asked }) => asked === CASES[0] });
  const report = await reportOn(baseUrl, { cases: CASES.slice(0, 2), answerMs: 2000 });
  expect(codesOf(report)).toEqual(['silence']);
  expect(report.measures.find(({ name }) => name === 'answered')).toMatchObject({ good: 1, of: 2 });
});

test('each question is asked as often as --repeat says', async () => {
  const { baseUrl, seen } = await labelledHost();
  const report = await reportOn(baseUrl, { cases: CASES, repeat: 3 });
  expect([seen.length, report.answers]).toEqual([3 * CASES.length, 3 * CASES.length]);
});

test('where a reference is asked beside it, the reference says what should have been called', async () => {
  const silent = (answer: object) => ({ ...answer, calls: [], content: 'No.', finishReason: 'stop' });
  const host = await labelledHost();
  // The reference never calls, so every call of the host is one too many.
  const reference = await labelledHost({ spoil: (answer) => ({ ...answer, ...silent(answer) }) });
  const sides = [sideAt(host.baseUrl), sideAt(reference.baseUrl, 'reference')];
  const { reports } = await measure(sides, { cases: CASES });
  expect(reports[0]!.measures.find(({ name }) => name === 'precision')).toMatchObject({
    good: 0,
    of: CASES.length,
  });
  expect(reports[0]!.measures.find(({ name }) => name === 'f1')).toMatchObject({ percent: 0 });
  // The reference itself is measured by the labels.
  expect(reports[1]!.measures.find(({ name }) => name === 'recall')).toMatchObject({
    good: 0,
    of: CASES.length,
  });
});

test('observations of cases that are not in the suite are not counted', async () => {
  const { baseUrl } = await labelledHost();
  const { outcome } = await measure([sideAt(baseUrl)], { cases: CASES });
  const info = [{ side: 'host', where: 'here', model: 'kimi-k2.6' }] as const;
  const [report] = reportOf({ cases: CASES.slice(0, 2), observations: outcome.observations, sides: info });
  expect(report!.answers).toBe(2);
});

test.each([302, 405, 404, 401])(
  'a host that answers %d to the first question is not asked the rest',
  async (status) => {
    const { baseUrl, seen } = await labelledHost({
      instead: (response) => Boolean(response.writeHead(status, { location: 'https://elsewhere/v1' }).end()),
    });
    const { outcome } = await measure([sideAt(baseUrl)], { cases: CASES, concurrency: 1 });
    expect(seen).toHaveLength(1);
    expect(outcome.error?.message).toContain(String(status));
    expect(outcome.error?.remedy).toBeDefined();
  },
);

test('many questions may be open at once without a warning of Node', async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on('warning', warn);
  let refused = 0;
  const { baseUrl } = await labelledHost({
    instead: (response) => refused++ < 40 && Boolean(response.writeHead(503).end()),
  });
  await measure([sideAt(baseUrl)], { cases: SUITE.slice(0, 40), concurrency: 40, backoffMs: 20 });
  process.off('warning', warn);
  expect(refused).toBeGreaterThan(40);
  expect(warnings).toEqual([]);
});

test('a reference that cannot be reached ends the run, though the host answers', async () => {
  const { baseUrl, seen } = await labelledHost();
  const gone = sideAt(`http://127.0.0.1:${await closedPort()}/v1`, 'reference');
  const { outcome } = await measure([sideAt(baseUrl), gone], { cases: CASES, concurrency: 1 });
  expect(seen).toHaveLength(1);
  expect(outcome.error?.code).toBe('connection-refused');
  expect(outcome.error?.message).toMatch(/^The reference cannot be asked/);
});
