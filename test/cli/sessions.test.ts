import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sqliteSessions } from '../../src/durable/index.ts';
import { prompt, recorded, result, TWO_RUNS, turn } from '../durable/run-records.ts';
import { folderWith, jsonLines, perigee } from './command.ts';

/** A data folder with sessions of these records, and the command on it. */
async function withSessions(sessions: Readonly<Record<string, typeof TWO_RUNS>> = {}) {
  const dataDir = folderWith();
  const store = sqliteSessions({ dataDir });
  for (const [name, records] of Object.entries(sessions)) await store.create(name, records);
  const env = { PERIGEE_DATA_DIR: dataDir, TZ: 'UTC' };
  const command = (args: readonly string[], input?: string) =>
    perigee(args, { env, ...(input !== undefined && { input }) });
  return { dataDir, store, command };
}

const ASKED = recorded(prompt(0, 'go'), turn(0, 0, '', ['a']), [
  'run-0/step-0/approvals',
  { calls: [{ index: 0, id: 'functions.a:0', name: 'a', arguments: '{"x":1}' }] },
]);

describe('perigee sessions list', () => {
  test('says what each session is at, the last one at the end', async () => {
    const { command, dataDir } = await withSessions({
      cut: TWO_RUNS,
      done: TWO_RUNS.slice(0, 7),
      asks: ASKED.map((record) => ({ ...record, at: 5_000 })),
    });
    writeFileSync(join(dataDir, 'sessions', 'broken.db'), 'no database'.repeat(100));
    const { code, stdout, stderr } = await command(['sessions', 'list']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').map((line) => line.replace(/ {2,}/g, ' | '))).toEqual([
      'NAME | STATE | STEPS | LAST ACTIVITY | COST',
      expect.stringContaining('broken | The file of session "broken" is damaged or no session'),
      'done | done: stop | 2 | 1970-01-01 00:00:01 | $0.5000',
      'cut | interrupted | 3 | 1970-01-01 00:00:01 | $0.7500',
      'asks | waiting for approval of 1 call | 1 | 1970-01-01 00:00:05 | $0.2500',
      '',
    ]);
  });

  test('is one object a line for programs', async () => {
    const { command, store } = await withSessions({ done: TWO_RUNS.slice(0, 7) });
    const session = await store.open('now');
    await session.step('run-0/prompt', async () => prompt(0, 'go')[1]);
    const { code, stdout, stderr } = await command(['sessions', 'list', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(jsonLines(stdout)).toMatchObject([
      { name: 'done', state: 'done', steps: 2, calls: 2, finishReason: 'stop', waiting: [] },
      { name: 'now', state: 'running', steps: 0, owner: { pid: process.pid } },
    ]);
    expect((await command(['sessions', 'list'])).stdout).toContain(`running (process ${process.pid})`);
    await session.close();
  });

  test('says where it looked when there is none', async () => {
    const { command, dataDir } = await withSessions();
    const { code, stdout, stderr } = await command(['sessions', 'list']);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain(dataDir);
    expect((await command(['sessions', 'list', '--data-dir', join(dataDir, 'other')])).stderr).toContain(
      'other',
    );
  });
});

describe('perigee sessions show', () => {
  test('prints one record a line', async () => {
    const evil = [
      'run-1/step-0/call-0',
      { name: 'a', output: '\u001b[2Jgone\nnext', isError: false, ms: 1500 },
    ] as const;
    const records = [...TWO_RUNS, { seq: 11, at: 2000, name: evil[0], value: evil[1] }];
    const { command } = await withSessions({ one: records });
    const { code, stdout, stderr } = await command(['sessions', 'show', 'one']);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe('   1  1970-01-01 00:00:01  run-0/prompt  user: go [kimi-k2.6]');
    expect(lines[1]).toContain('both → a {} [functions.a:00] → b {} [functions.b:01] $0.2500');
    expect(lines[4]).toContain('✗ a 3 ms one');
    expect(lines[6]).toContain('stop: It is done. $0.5000');
    expect(lines[10]).toContain('← a 1.5 s gone next');
    expect(stderr).toBe('one: interrupted\n');
  });

  test('begins where it is told, and gives records as they are', async () => {
    const { command } = await withSessions({ one: TWO_RUNS });
    const { code, stdout, stderr } = await command(['sessions', 'show', 'one', '--from', '9', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(jsonLines(stdout)).toEqual(TWO_RUNS.slice(8));
  });

  test('says what waits, and the command that answers it', async () => {
    const { command } = await withSessions({ one: ASKED });
    const { stderr } = await command(['sessions', 'show', 'one']);
    expect(stderr).toContain('one: waiting for approval of 1 call');
    expect(stderr).toContain('a {"x":1}\n    perigee approve one functions.a:0 yes|no');
  });

  test.each([
    [['show', 'none'], 1, /There is no session "none"/],
    [['show', '../x'], 1, /cannot be named/],
    [['show', 'one', '--from', '0'], 2, /whole number from 1/],
    [['show'], 2, /missing required argument/],
    [['list', 'extra'], 2, /too many arguments/],
    [['bogus'], 2, /unknown command 'bogus'[\s\S]*Try perigee sessions --help/],
    [['export', 'one', '--jsonl', '--openai'], 2, /do not go together/],
    [['fork', 'one', 'two', '--at', '9'], 1, /no step 9[\s\S]*from 0 to 2/],
    [['fork', 'one', 'one'], 1, /a session "one" already/],
  ])('%j ends with %i', async (args, exitCode, message) => {
    const { command } = await withSessions({ one: TWO_RUNS });
    const { code, stdout, stderr } = await command(['sessions', ...args]);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('internal error');
  });
});

describe('perigee sessions fork and rm', () => {
  test('copy up to a step, and say what stayed behind', async () => {
    const { command, store } = await withSessions({ one: TWO_RUNS });
    expect(await command(['sessions', 'fork', 'one', 'two', '--at', 'run-0/step-0'])).toEqual({
      code: 0,
      stdout: 'two is a copy of one, up to and including run-0/step-0.\n',
      stderr: '',
    });
    const { stderr } = await command(['sessions', 'fork', 'one', 'three']);
    expect(stderr).toBe('run-1/step-0 is not in it: a call in it has no result on record.\n');
    expect((await (await store.reach('three')).summary()).records).toBe(8);
  });

  test('remove, but never what somebody works on, and nothing unasked', async () => {
    const { command, store } = await withSessions({ one: TWO_RUNS, two: TWO_RUNS });
    const session = await store.open('one');
    expect(await command(['sessions', 'rm', 'one', 'two'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect((await command(['sessions', 'rm', 'two', 'none', '--yes'])).code).toBe(1);
    expect(await store.names()).toEqual(['one', 'two']);
    const { code, stdout, stderr } = await command(['sessions', 'rm', 'one', 'two', '--yes']);
    expect([code, stdout]).toEqual([1, 'Removed two.\n']);
    expect(stderr).toContain(`in use by process ${process.pid}`);
    await session.close();
    expect((await command(['sessions', 'rm', 'one', '-y'])).code).toBe(0);
    expect(await store.names()).toEqual([]);
  });
});

describe('perigee sessions export', () => {
  test('gives what import takes back, record by record', async () => {
    const { command, store, dataDir } = await withSessions({ one: TWO_RUNS });
    const session = await store.open('one');
    await session.queue({ when: 'after', message: { role: 'user', content: 'more' } });
    await session.deliver('run-1/step-0/call-0/approval', { approved: true });
    await session.close();
    const file = join(dataDir, 'one.jsonl');
    expect(await command(['sessions', 'export', 'one', '-o', file])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const text = readFileSync(file, 'utf8');
    expect((await command(['sessions', 'export', 'one', '--jsonl'])).stdout).toBe(text);
    expect(jsonLines(text).slice(2)).toEqual(TWO_RUNS);
    expect(await command(['sessions', 'import', 'two', file])).toMatchObject({ code: 0, stderr: '' });
    expect((await command(['sessions', 'export', 'two'])).stdout).toBe(text);
  });

  test('gives the messages of OpenAI chat, reasoning and unknown results included', async () => {
    const message = { role: 'assistant', content: 'both', reasoning: 'hm', toolCalls: [] };
    const { command } = await withSessions({
      one: recorded(prompt(0, 'go'), turn(0, 0, '', [], { message }), turn(0, 1, 'now', ['a'])),
    });
    const { code, stdout } = await command(['sessions', 'export', 'one', '--openai']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      { role: 'user', content: 'go' },
      { role: 'assistant', content: 'both', reasoning_content: 'hm' },
      expect.objectContaining({ role: 'assistant', content: 'now', tool_calls: [expect.anything()] }),
      expect.objectContaining({ role: 'tool', content: expect.stringContaining('was not recorded') }),
    ]);
  });

  test('gives a document that nothing in it can break out of', async () => {
    const { command } = await withSessions({
      one: recorded(
        prompt(0, 'go'),
        turn(0, 0, 'so', ['a']),
        result(0, 0, 0, 'a', '```\n# no heading\n````'),
      ),
    });
    const { stdout } = await command(['sessions', 'export', 'one', '--markdown']);
    expect(stdout).toContain(
      '# one\n\n## User\n\ngo\n\n## Assistant\n\nso\n\n**Calls a**\n\n```json\n{}\n```',
    );
    expect(stdout).toContain('<summary>Result of a</summary>\n\n`````\n```\n# no heading\n````\n`````');
  });

  test('leaves no half of a file where it cannot write', async () => {
    const { command, dataDir } = await withSessions({ one: TWO_RUNS });
    const file = join(dataDir, 'none', 'one.jsonl');
    const { code, stderr } = await command(['sessions', 'export', 'one', '-o', file]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`cannot write ${file}`)]);
    mkdirSync(join(dataDir, 'folder'));
    expect((await command(['sessions', 'export', 'one', '-o', join(dataDir, 'folder')])).code).not.toBe(0);
  });
});

describe('perigee sessions prune', () => {
  test('says what is old, and removes it when it is told to; what is young, in use or waits for a person stays', async () => {
    const { command, store } = await withSessions({ done: TWO_RUNS.slice(0, 7), cut: TWO_RUNS, asks: ASKED });
    const held = await store.open('held');
    expect(await command(['sessions', 'prune', '--older-than', '1h'])).toEqual({
      code: 0,
      stdout: '',
      stderr: `Nothing to remove in ${store.dataDir}. Kept: 2 younger, 1 in use or in line, 1 waiting for a person.\n`,
    });
    const dry = await command(['sessions', 'prune', '--older-than', '0h', '--dry-run']);
    expect([dry.code, dry.stderr]).toEqual([
      0,
      expect.stringMatching(
        /^2 sessions, \d+ kB would be removed\. Kept: 1 in use or in line, 1 waiting for a person\.\n$/,
      ),
    ]);
    expect(dry.stdout).toMatch(/^NAME +STATE +LAST ACTIVITY +SIZE\n/);
    expect(dry.stdout).toMatch(/\ndone +done: stop +\d{4}-.* kB\n/);
    expect(await store.names()).toHaveLength(4);
    const unasked = await command(['sessions', 'prune', '--older-than', '0h']);
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('give --yes')]);
    const { code, stdout } = await command(['sessions', 'prune', '--older-than', '0h', '--yes']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\nRemoved 2 sessions\.\n$/)]);
    expect(await store.names()).toEqual(['asks', 'held']);
    await held.close();
  });

  test.each(['30', '3 days', '-1d', '1.5d', ''])('%j is no age', async (age) => {
    const { command } = await withSessions();
    const { code, stderr } = await command(['sessions', 'prune', '--older-than', age]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('hours, days or weeks, as in 12h, 30d or 2w'),
    ]);
  });

  test('how large sessions are is in the list where that is asked for', async () => {
    const { command } = await withSessions({ done: TWO_RUNS.slice(0, 7) });
    const { stdout, stderr } = await command(['sessions', 'list', '--size']);
    expect(stdout).toMatch(/^NAME .* COST +SIZE\ndone .* \$0\.5000 +\d+ kB\n$/);
    expect(stderr).toMatch(/^1 session, \d+ kB in /);
    expect(jsonLines((await command(['sessions', 'list', '--size', '--json'])).stdout)).toMatchObject([
      { name: 'done', bytes: expect.any(Number) },
    ]);
    expect((await command(['sessions', 'list'])).stdout).not.toContain('SIZE');
  });
});
