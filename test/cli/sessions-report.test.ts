import { expect, test } from 'vitest';
import { reportPage } from '../../src/cli/sessions/report/report-page.ts';
import { ReportReader } from '../../src/cli/sessions/report/report-reader.ts';
import { textWidth } from '../../src/cli/terminal/text.ts';
import { sqliteSessions } from '../../src/durable/index.ts';
import { prompt, recorded, turn } from '../durable/run-records.ts';
import { folderWith, jsonLines, perigee } from './command.ts';

const usage = (inputTokens: number, cachedInputTokens: number) => ({
  inputTokens,
  cachedInputTokens,
  outputTokens: 10,
});

/** A turn that the host has billed. */
function billed(step: number, tools: readonly string[], input: number, cached: number, more: object = {}) {
  const spent = usage(input, cached);
  return turn(0, step, '', tools, { turn: { usage: spent }, usage: spent, durationMs: 2000, ...more });
}

function call(step: number, index: number, name: string, more: object = {}) {
  const value = {
    index,
    id: `c${step}`,
    name,
    output: 'fine',
    isError: false,
    executed: true,
    ms: 40,
    ...more,
  };
  return [`run-0/step-${step}/call-${index}`, value] as const;
}

const failed = (message: string, more: object = {}) => ({
  output: JSON.stringify({ error: message }),
  isError: true,
  ...more,
});

const CUT = { reason: 'price', before: 50_000, after: 10_000, steps: 7 };
const LIMIT = { kind: 'cost', explanation: 'The next turn would cost more than $2.' };

/** A run with all that can be said about one. Each record is a second after the one before. */
const EVENTFUL = recorded(
  ['settings', { baseUrl: 'https://api.moonshot.ai/v1' }],
  prompt(0, 'go'),
  billed(0, ['read', 'read', 'send'], 40_000, 0),
  ['run-0/step-0/approvals', { calls: [{ index: 2, id: 'c', name: 'send', arguments: '{}' }] }],
  call(0, 0, 'read', { ms: 10 }),
  call(0, 1, 'read', failed('no such file\u001b[2J')),
  ['run-0/step-0/call-2/approval', { approved: true }],
  ['run-0/step-0/begin-2', { id: 'i', process: 'first' }],
  call(0, 2, 'send', { ...failed('The effect is not known.'), unverified: true, ms: 0 }),
  billed(1, ['send'], 12_000, 2_000, { cut: CUT, usage: usage(24_000, 4_000) }),
  ['run-0/step-1/begin-0', { id: 'j', process: 'second' }],
  call(1, 0, 'send', { ms: 900 }),
  billed(2, ['bogus'], 13_000, 12_000, { limit: LIMIT }),
  call(2, 0, 'bogus', failed('no such tool', { executed: false, ms: 0 })),
  ['run-0/end', { finishReason: 'cost', explanation: LIMIT.explanation }],
).map((record, position) => ({ ...record, at: position * 1000 }));

function pageOf(
  records: readonly { seq: number; at: number; name: string; value: unknown }[],
  columns = 120,
) {
  const reader = new ReportReader();
  for (const record of records) reader.push(record);
  return reportPage('one', 'done: cost', reader.report(), columns);
}

test('is one page that says what was done, what it took and what went wrong', async () => {
  const dataDir = folderWith();
  await sqliteSessions({ dataDir }).create('one', EVENTFUL);
  const { code, stdout, stderr } = await perigee(['sessions', 'report', 'one'], {
    env: { PERIGEE_DATA_DIR: dataDir, TZ: 'UTC' },
  });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toBe(`Session    one: done: cost
Model      kimi-k2.6
When       1970-01-01 00:00:00 – 1970-01-01 00:00:14 (14.0 s)
Work       1 run, 3 steps, 5 calls (15 records)
Time       model 6.0 s, tools 950 ms, people 3.0 s
Tokens     77,000 in (21 % cached), 30 out
Cost       $0.7500
Pruning    1 cut, saved $0.0144 (modelled)
Approvals  1 asked, 1 approved, 0 refused, answered after 3.0 s (median), 3.0 s at most

Tokens of the prompt, steps 1 to 3; full height: 40,000
  █▃▃
   ^   ^ cut
Cached share of it, 22 % over all
  ▁▂█

TOOL   CALLS  ERRORS  REFUSED  UNVERIFIED   TOTAL  MEDIAN  LONGEST
send       2       0        0           1  900 ms  900 ms   900 ms
read       2       1        0           0   50 ms   25 ms    40 ms
bogus      1       0        1           0    0 ms       -     0 ms

What went wrong
  limit in run-0/step-2: The next turn would cost more than $2.
  gone on with in another process: 1 time at least
  1 turn asked for again, 12,000 tokens in and 0 out for nothing
  1 × send unverified (run-0/step-0/call-2): The effect is not known.
  1 × read failed (run-0/step-0/call-1): no such file
  1 × bogus refused (run-0/step-2/call-0): no such tool

Longest steps
  run-0/step-0  5.0 s  model 2.0 s, tools 50 ms, people 3.0 s (read, send)
  run-0/step-1  2.9 s  model 2.0 s, tools 900 ms (send)
  run-0/step-2  2.0 s  model 2.0 s, tools 0 ms (bogus)
`);
});

test('is one object for programs, also while somebody works on the session', async () => {
  const dataDir = folderWith();
  const session = await sqliteSessions({ dataDir }).open('now');
  for (const { name, value } of EVENTFUL.slice(0, 6)) await session.step(name, async () => value);
  await session.queue({ when: 'now', message: { role: 'user', content: 'hurry' } });
  const { code, stdout, stderr } = await perigee([
    'sessions',
    'report',
    'now',
    '--json',
    '--data-dir',
    dataDir,
  ]);
  await session.close();
  expect([code, stderr]).toEqual([0, '']);
  expect(jsonLines(stdout)).toMatchObject([
    {
      name: 'now',
      state: 'waiting',
      steps: 1,
      calls: 2,
      queued: 1,
      runs: [{ run: 0, steps: 1 }],
      usage: usage(40_000, 0),
      approvals: { asked: 1, open: 1 },
      tools: [{ name: 'read', calls: 2, errors: 1, totalMs: 50, medianMs: 25 }],
      failures: [{ tool: 'read', kind: 'failed', message: 'no such file', first: 'run-0/step-0/call-1' }],
    },
  ]);
});

test('an answer counts from when it was given, not from when the run went on', () => {
  const reader = new ReportReader();
  const [asked, answered] = [EVENTFUL[3]!, EVENTFUL[6]!];
  reader.push({ delivered: { name: answered.name, at: asked.at + 500, value: { approved: true } } });
  for (const record of EVENTFUL) {
    reader.push(record === answered ? { ...record, at: record.at + 86_400_000 } : record);
  }
  expect(reader.report().approvals).toMatchObject({ medianMs: 500, longestMs: 500, open: 0 });
});

test('what was asked in a run that has ended is not open any more', () => {
  const reader = new ReportReader();
  for (const record of EVENTFUL) if (!record.name.endsWith('/approval')) reader.push(record);
  expect(reader.report().approvals).toMatchObject({ asked: 1, approved: 0, refused: 0, open: 0 });
});

test('thousands of steps stay one page, whatever the width', () => {
  const steps = Array.from({ length: 4000 }, (_, step) => [
    billed(step, ['read'], 1000 + (step % 500) * 100, 900, step % 500 === 0 ? { cut: CUT } : {}),
    call(step, 0, `tool_${step % 90}`, step % 2 ? failed(`failure ${step}`) : {}),
  ]).flat();
  const records = recorded(prompt(0, 'go'), ...steps);
  for (const columns of [40, 80, 120]) {
    const lines = pageOf(records, columns).trimEnd().split('\n');
    expect(lines.length).toBeLessThan(60);
    expect(lines.filter((line) => textWidth(line) > columns)).toEqual([]);
  }
  const page = pageOf(records);
  expect(page).toContain('1 run, 4,000 steps, 4,000 calls (8,001 records)');
  expect(page).toContain('… and 78 tools more');
  expect(page).toMatch(/… and 1,988 more; --json has them/);
});

test('records that are not what they should be are counted and no more', () => {
  const nonsense = [
    'prompt',
    'end',
    'step-0/turn',
    'step-0/approvals',
    'step-0/call-0',
    'step-0/call-0/approval',
  ];
  const values = [
    null,
    7,
    'text',
    [],
    { calls: [null, 3], usage: 'much', turn: { usage: [] }, cost: 'dear' },
  ];
  const records = recorded(
    ...nonsense.flatMap((name, run) => values.map((value) => [`run-${run}/${name}`, value] as const)),
    ['elsewhere', { turn: 1 }],
  );
  expect(pageOf(records)).toContain(`(${records.length} records)`);
  expect(
    pageOf([])
      .split('\n')
      .map((line) => line.replace(/ {2,}/, ' | ')),
  ).toEqual([
    'Session | one: done: cost',
    'Model | -',
    'Work | 0 runs, 0 steps, 0 calls (0 records)',
    'Time | model 0 ms, tools 0 ms',
    'Tokens | 0 in, 0 out',
    'Cost | not known',
    '',
  ]);
});

test('a session that is not there is told', async () => {
  const said = await perigee(['sessions', 'report', 'none', '--data-dir', folderWith()]);
  expect(said).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('no session "none"') });
});
