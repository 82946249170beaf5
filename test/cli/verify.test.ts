import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keeping } from '../../src/cli/verify/keeping.ts';
import { CATEGORIES, SUITE } from '../../src/verify/index.ts';
import { answerJson } from '../upstream/server.ts';
import { type Faults, inOneLump, labelledHost } from '../verify/labelled-host.ts';
import { folderWith, perigee, start } from './command.ts';

/** A host whose engine leaves every third call in the text. */
function leaking(): Faults {
  let count = 0;
  return {
    callDeltas: inOneLump,
    spoil(answer) {
      if (answer.calls.length === 0 || count++ % 3 !== 0) return answer;
      const raw = answer.calls.map(
        (call) =>
          `<|tool_call_begin|>${call.id}<|tool_call_argument_begin|>${call.arguments}<|tool_call_end|>`,
      );
      const content = `<|tool_calls_section_begin|>${raw.join('')}<|tool_calls_section_end|>`;
      return { ...answer, content, calls: [], finishReason: 'stop' };
    },
  };
}

async function verify(baseUrl: string, ...more: string[]) {
  const cwd = folderWith();
  const args = ['verify', '--base-url', baseUrl, '--model', 'kimi-k2.6', ...more];
  const ran = await perigee(args, { cwd });
  return { ...ran, cwd };
}

interface Printed {
  readonly sides: readonly {
    readonly side: string;
    readonly answers: number;
    readonly measures: readonly { readonly name: string; readonly percent: number | null }[];
    readonly findings: readonly { readonly code: string }[];
  }[];
  readonly interrupted: boolean;
}

function percent({ sides }: Printed, side: string, name: string): number | null | undefined {
  const report = sides.find((candidate) => candidate.side === side);
  return report?.measures.find((measure) => measure.name === name)?.percent;
}

test('a clean host: the report, exit code 0, and each answer in a file', async () => {
  const { baseUrl } = await labelledHost();
  const { code, stdout, stderr, cwd } = await verify(
    baseUrl,
    '--only',
    'single,no-call',
    '--min-f1',
    '100',
    '--min-schema-accuracy',
    '100%',
  );
  expect(code).toBe(0);
  expect(stdout).toContain('Trigger F1');
  expect(stdout).toContain('100.00 %');
  expect(stdout).toContain('Nothing was found.');
  expect(stderr).toMatch(/^35 questions to kimi-k2\.6 at http:\/\/127\.0\.0\.1:\d+\/v1/);
  expect(stderr).toContain('36 of 36 questions');
  expect(stderr).not.toContain('\x1b');
  const [file] = readdirSync(cwd);
  expect(file).toMatch(/^perigee-verify-127\.0\.0\.1-kimi-k2\.6-.*\.jsonl$/);
  expect(readFileSync(join(cwd, file!), 'utf8').trimEnd().split('\n')).toHaveLength(37);
});

test('a leaking host: found, named, with what to do, and exit code 1 below the bar', async () => {
  const { baseUrl } = await labelledHost(leaking());
  const { code, stdout, stderr } = await verify(
    baseUrl,
    '--only',
    'single',
    '--min-f1',
    '90',
    '--concurrency',
    '1',
  );
  expect(code).toBe(1);
  expect(stdout).toContain('leaked-into-content');
  expect(stdout).toContain('perigee serve reads the calls out of the text');
  expect(stderr).toMatch(/F1 is 78\.78 %, and --min-f1 asks for 90 %/);
});

test('--through-gateway: the same bare and through Perigee, and what it is worth', async () => {
  const { baseUrl } = await labelledHost(leaking());
  const args = [
    '--through-gateway',
    '--only',
    'single',
    '--json',
    '--html',
    'page.html',
    '--concurrency',
    '1',
  ];
  const { code, stdout, cwd } = await verify(baseUrl, ...args);
  expect(code).toBe(0);
  const printed = JSON.parse(stdout) as Printed;
  expect(printed.sides.map(({ side }) => side)).toEqual(['host', 'gateway']);
  expect(percent(printed, 'host', 'clean')).toBeLessThan(100);
  expect(percent(printed, 'gateway', 'clean')).toBe(100);
  expect(percent(printed, 'gateway', 'f1')).toBe(100);
  expect(percent(printed, 'gateway', 'schema')).toBe(100);
  expect(readFileSync(join(cwd, 'page.html'), 'utf8')).toContain('Through Perigee');
});

test('--reference asks another host the same', async () => {
  const host = await labelledHost(leaking());
  const reference = await labelledHost();
  const { code, stdout } = await verify(
    host.baseUrl,
    '--reference',
    reference.baseUrl,
    '--only',
    'parallel',
    '--json',
  );
  expect(code).toBe(0);
  const printed = JSON.parse(stdout) as Printed;
  expect(printed.sides.map(({ side }) => side)).toEqual(['host', 'reference']);
  expect(percent(printed, 'host', 'recall')).toBeLessThan(100);
  expect(percent(printed, 'reference', 'recall')).toBe(100);
  // Who does not call is not asked on.
  expect(reference.seen.length).toBeGreaterThan(
    SUITE.filter(({ category }) => category === 'parallel').length,
  );
});

test('Ctrl-C shows the report so far and the command that goes on, which asks the rest alone', async () => {
  let count = 0;
  let wake = () => {};
  const reached = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const { baseUrl, seen } = await labelledHost({
    // From some point on nothing comes any more.
    instead() {
      if (count++ < 6) return false;
      wake();
      return true;
    },
  });
  const cwd = folderWith();
  const args = [
    'verify',
    '--base-url',
    baseUrl,
    '--model',
    'kimi-k2.6',
    '--only',
    'single',
    '--concurrency',
    '1',
  ];
  const running = start(args, { cwd });
  await reached;
  running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.done;
  expect(code).toBe(130);
  expect(stdout).toContain('6 answers');
  const again = /To go on: perigee (.*)\n/.exec(stderr)![1]!.split(' ');
  expect(again.slice(0, args.length)).toEqual(args);

  // The same host, back again.
  count = Number.NEGATIVE_INFINITY;
  const before = seen.length;
  const rest = await perigee(again, { cwd });
  expect(rest.code).toBe(0);
  expect(rest.stderr).toContain('6 answers are there already.');
  expect(seen.length - before).toBe(SUITE.filter(({ category }) => category === 'single').length - 6);
});

test('Ctrl-C before the first answer leaves no file behind', async () => {
  let wake = () => {};
  const reached = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const { baseUrl } = await labelledHost({
    instead() {
      wake();
      return true;
    },
  });
  const cwd = folderWith();
  const running = start(['verify', '--base-url', baseUrl, '--model', 'm'], { cwd });
  await reached;
  running.child.kill('SIGINT');
  const { code, stderr } = await running.done;
  expect(code).toBe(130);
  expect(stderr).toMatch(/Nothing was answered yet\.\n$/);
  expect(readdirSync(cwd)).toEqual([]);
});

test('--list shows the questions and asks nobody', async () => {
  const { code, stdout } = await perigee(['verify', '--list', '--only', 'tool-choice']);
  expect(code).toBe(0);
  expect(stdout).toContain('tool-choice/named');
  expect(stdout).not.toContain('single/');
  const { stdout: json } = await perigee(['verify', '--list', '--json']);
  expect(JSON.parse(json)).toHaveLength(SUITE.length);
});

test('a key is sent to its host and stands in no output', async () => {
  let isKnown = false;
  const { baseUrl, seen } = await labelledHost({
    instead(response) {
      if (isKnown) return false;
      answerJson(response, 401, { error: { message: 'wrong key sk-very-secret-1' } });
      return true;
    },
  });
  const cwd = folderWith();
  const args = [
    'verify',
    '--base-url',
    `${baseUrl}?token=tok-also-secret`,
    '--model',
    'm',
    '--api-key-env',
    'MY_KEY',
    '--html',
    'p.html',
  ];
  const ran = await perigee(args, { cwd, env: { MY_KEY: 'sk-very-secret-1' } });
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain('(wrong-api-key)');
  expect(seen[0]!.headers.authorization).toBe('Bearer sk-very-secret-1');
  expect(ran.stderr).not.toContain('To go on');
  // Nothing came, so there is nothing to go on with, and only the page is there.
  expect(readdirSync(cwd)).toEqual(['p.html']);
  isKnown = true;
  const again = await perigee([...args, '--only', 'thinking'], { cwd, env: { MY_KEY: 'sk-very-secret-1' } });
  expect(again.code).toBe(0);
  const files = readdirSync(cwd).map((name) => readFileSync(join(cwd, name), 'utf8'));
  expect(files).toHaveLength(2);
  for (const text of [ran.stdout, ran.stderr, again.stdout, again.stderr, ...files]) {
    expect(text).not.toContain('sk-very-secret-1');
    expect(text).not.toContain('tok-also-secret');
  }
});

test.each([
  [['--only', 'nothing'], 2, 'There are single, parallel'],
  [['--only', 'paralel'], 2, 'Did you mean parallel?'],
  [['--min-f1', '101'], 2, 'from 0 to 100'],
  [['--repeat', '0'], 2, 'a whole number from 1'],
  [['--extra-body', '[1]'], 2, 'must be a JSON object'],
  [['--base-url', 'host:80'], 2, 'Did you mean http://host:80?'],
  [['--base-url', 'http://127.0.0.1:1/v1', '--host', 'nobody'], 2, '--host nobody is no host that is known'],
  [['--api-key-env', 'NOT_SET'], 1, 'NOT_SET is not set'],
  [[], 1, 'MOONSHOT_API_KEY is not set'],
  [['--html', 'no/such/folder/page.html'], 2, 'there is no folder no/such/folder'],
  [['--samples', 'a', '--results', 'b'], 2, 'do not go together'],
  [['--results', 'a', '--html', 'b'], 2, '--html belongs to'],
  [['--results', 'none.jsonl'], 2, 'there is no such file'],
  [['--reference-results', 'a'], 2, 'goes with --samples or --results'],
])('%j', async (args, exitCode, words) => {
  const { code, stderr, stdout } = await perigee(['verify', ...args], { cwd: folderWith() });
  expect([code, stdout]).toEqual([exitCode, '']);
  expect(stderr).toContain(words);
});

test('a results file of another host is not written to', async () => {
  const { baseUrl } = await labelledHost();
  const cwd = folderWith({ 'mine.txt': 'dear diary\n' });
  const { code, stderr } = await perigee(
    ['verify', '--base-url', baseUrl, '--model', 'm', '--results-file', 'mine.txt'],
    { cwd },
  );
  expect(code).toBe(1);
  expect(stderr).toContain('mine.txt is no results file');
  expect(readFileSync(join(cwd, 'mine.txt'), 'utf8')).toBe('dear diary\n');
});

test('every category can be asked for alone', async () => {
  const { stdout } = await perigee(['verify', '--help']);
  for (const category of CATEGORIES) expect(stdout.replaceAll(/\s+/g, ' ')).toContain(category);
});

test('a disk that is full is named with the file and with what to do', () => {
  const full = () => {
    throw new Error('ENOSPC: no space left on device, write');
  };
  expect(() => keeping('r.jsonl', full)).toThrow(
    expect.objectContaining({
      code: 'recording-unwritable',
      message: 'r.jsonl cannot be written any more: ENOSPC: no space left on device, write',
      remedy: expect.stringContaining('--results-file r.jsonl'),
    }),
  );
});
