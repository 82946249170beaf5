import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { postgresSessions } from '../../src/durable/index.ts';
import { hasPostgres, type Postgres, startPostgres } from '../postgres.ts';
import { COMMAND, folderWith, jsonLines, perigee, type RunOptions } from './command.ts';

const NO_PG = `
import { register } from 'node:module';
const hook = 'export async function resolve(name, context, next) {' +
  'if (name === "pg") throw Object.assign(new Error("not found"), { code: "ERR_MODULE_NOT_FOUND" });' +
  'return next(name, context); }';
register('data:text/javascript,' + encodeURIComponent(hook));`;

describe.skipIf(!hasPostgres)('sessions in a database', { timeout: 120_000 }, () => {
  let postgres: Postgres;

  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);
  afterAll(() => postgres.remove());

  async function place() {
    const home = folderWith();
    // Trusted, so any password will do; it must be seen nowhere.
    const url = (await postgres.freshUrl()).replace('postgres@', 'postgres:sekret@');
    const env = { HOME: home, PERIGEE_DATA_DIR: join(home, 'data') };
    const command = async (args: readonly string[], options: RunOptions = {}) => {
      const ran = await perigee(args, { env, ...options });
      expect(ran.stdout + ran.stderr).not.toContain('sekret');
      return ran;
    };
    return {
      url,
      here: (...args: string[]) => command(args),
      there: (...args: string[]) => command(args, { env: { ...env, PERIGEE_DATABASE_URL: url } }),
    };
  }

  test('a run keeps its session there, and goes on with it as with one on this machine', async () => {
    const { url, here, there } = await place();
    const first = await here('run', '--session', 'sums', '--database-url', url, 'What is 17 times 23?');
    expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('17 * 23 = **391**')]);
    const second = await there('run', '--session', 'sums', '--json', 'What is 2 times 4?');
    expect(second.code).toBe(0);
    const told = jsonLines((await there('attach', 'sums', '--json')).stdout);
    expect(told.filter(({ type }) => type === 'end').length).toBe(2);
    expect(told.slice(-3).map(({ type }) => type)).toEqual(
      jsonLines(second.stdout)
        .slice(-3)
        .map(({ type }) => type),
    );
    expect((await there('sessions', 'list')).stdout).toMatch(/^NAME .*\nsums +done: stop +4 /);
    expect((await there('sessions', 'show', 'sums')).stdout).toContain('run-1/end');
    expect((await there('sessions', 'report', 'sums')).stdout).toContain('calculator');
    expect((await there('sessions', 'export', 'sums', '--markdown')).stdout).toContain('## User');
    expect((await there('sessions', 'fork', 'sums', 'copy', '--at', '1')).stdout).toContain(
      'copy is a copy of sums',
    );
    expect((await there('sessions', 'rm', 'copy', '--yes')).stdout).toBe('Removed copy.\n');
    await there('sessions', 'fork', 'sums', 'old');
    await there('run', '--detach', '--session', 'queued', 'later');
    const pruned = await there('sessions', 'prune', '--older-than', '0h', '--yes');
    expect([pruned.code, pruned.stdout]).toEqual([0, expect.stringMatching(/\nRemoved 2 sessions\.\n$/)]);
    expect(pruned.stderr).toMatch(/^2 sessions, \d.* kB\. Kept: 1 in use or in line\.\n$/);
    expect((await there('sessions', 'list')).stdout).toMatch(/^NAME .*\nqueued +in line for a worker .*\n$/);
    expect((await here('sessions', 'list')).stderr).toContain('There are no sessions in');
  });

  test('whoever reads slowly what attach prints has no more of it fetched than was taken', async () => {
    const { url, there } = await place();
    const sessions = await postgresSessions({ databaseUrl: url });
    const session = await sessions.open('long');
    for (let step = 0; step < 20_000; step++) session.emit({ type: 'x', step, text: 'x'.repeat(1_000) });
    await session.close();
    await sessions.close();
    const attached = spawn(process.execPath, [COMMAND, 'attach', 'long', '--json', '--database-url', url]);
    onTestFinished(() => void attached.kill('SIGKILL'));
    await once(attached.stdout, 'readable');
    // It has read nothing for a while: it waits.
    const reading = `SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'perigee%'
      AND datname = current_database() AND (state <> 'idle' OR state_change > now() - interval '1 second')`;
    while ((await postgres.sql(url, reading)) !== '0');
    await postgres.sql(url, 'DELETE FROM perigee.events WHERE number > 10000');
    let text = '';
    for await (const chunk of attached.stdout.setEncoding('utf8')) text += chunk;
    expect(jsonLines(text).map(({ step }) => step)).toEqual(
      Array.from({ length: 10_000 }, (_, step) => step),
    );
    expect((await there('attach', 'long', '--json', '--from', '9999')).stdout.split('\n')).toHaveLength(3);
  });

  test('--data-dir counts for more than the variable', async () => {
    const { there } = await place();
    const folder = folderWith();
    await there('run', '--session', 'local', '--data-dir', folder, 'What is 2 times 4?');
    expect((await there('sessions', 'list', '--data-dir', folder)).stdout).toContain('local');
    expect((await there('sessions', 'list')).stderr).toContain('There are no sessions in');
  });

  test('a session that is pushed goes on there with what it was, and no longer here', async () => {
    const { url, here, there } = await place();
    await here('run', '--session', 'moved', '--max-steps', '1', 'What is 17 times 23?');
    const exported = await here('sessions', 'export', 'moved');
    expect(await here('sessions', 'push', 'moved', '--database-url', url)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^moved is in 127\.0\.0\.1:\d+\/test_\w+ now\.\n$/),
    });
    expect((await there('sessions', 'export', 'moved')).stdout).toBe(exported.stdout);
    const again = await here('run', '--session', 'moved', 'go on');
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining('"moved" was pushed to 127.0.0.1'),
    ]);
    expect((await here('sessions', 'push', 'moved', '--database-url', url)).code).toBe(1);
    const goesOn = await there('run', '--session', 'moved', 'What is 2 times 4?');
    expect([goesOn.code, goesOn.stdout]).toEqual([0, expect.stringContaining('**8**')]);
    // And back: what was left here is not in the way.
    expect((await there('sessions', 'pull', 'moved', '--move')).code).toBe(0);
    expect((await there('sessions', 'list')).stderr).toContain('There are no sessions in');
    expect((await here('sessions', 'show', 'moved')).stdout).toContain('**8**');
    expect((await here('run', '--session', 'moved', 'What is 3 times 4?')).stdout).toContain('**12**');
  });

  test('all sessions are pushed, under other names if wanted, and removed here with --move', async () => {
    const { url, here, there } = await place();
    for (const name of ['a', 'b']) await here('run', '--session', name, 'What is 2 times 4?');
    expect((await here('sessions', 'push', 'a', '--as', 'c', '--database-url', url)).stdout).toContain(
      'now, as c.',
    );
    const all = await here('sessions', 'push', '--all', '--move', '--database-url', url);
    expect([all.code, all.stdout]).toEqual([0, expect.stringMatching(/^b is in .* now\.\n$/)]);
    expect(
      jsonLines((await there('sessions', 'list', '--json')).stdout)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['b', 'c']);
    expect((await here('sessions', 'list')).stdout).toMatch(/^NAME.*\na +pushed to 127.*, as "c"[^\n]*\n$/);
    // Nothing is written over.
    await here('run', '--session', 'b', 'What is 2 times 5?');
    const taken = await here('sessions', 'push', 'b', '--database-url', url);
    expect([taken.code, taken.stderr]).toEqual([
      1,
      expect.stringContaining('There is a session "b" already'),
    ]);
    expect((await here('run', '--session', 'b', 'What is 2 times 6?')).code).toBe(0);
  });

  test('what others could have put into the record is not run here, but has to be given again', async () => {
    const { url, here, there } = await place();
    const file = join(folderWith({ 'evil.mjs': 'console.error("evil code");' }), 'evil.mjs');
    const settings = {
      baseUrl: 'http://127.0.0.1:1/v1',
      apiKeyEnv: 'HOME',
      tools: `${file},shell`,
      mcp: ['evil'],
    };
    const exported = join(folderWith(), 'one.jsonl');
    await here('run', '--session', 'one', 'What is 2 times 4?');
    const lines = (await here('sessions', 'export', 'one')).stdout.trimEnd().split('\n');
    lines[0] = JSON.stringify({ ...JSON.parse(lines[0]!), value: settings });
    writeFileSync(exported, `${lines.join('\n')}\n`);
    await here('sessions', 'import', 'evil', exported, '--database-url', url);
    const { code, stdout, stderr } = await there('run', '--session', 'evil', 'What is 2 times 4?');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('give --base-url and --api-key-env and --mcp and --tools again');
    expect(stderr).not.toMatch(/^evil code/m);
    const own = ['--tools', 'calculator', '--mcp', 'nothing-here', '--base-url', 'http://127.0.0.1:2/v1'];
    const given = await there('run', '--session', 'evil', ...own, 'What is 2 times 4?');
    expect([given.code, given.stderr]).toEqual([1, expect.stringContaining('127.0.0.1:2/v1/models')]);
    // Tools that every run has by itself are taken.
    await there('run', '--session', 'mild', '--tools', 'calculator', 'What is 2 times 4?');
    expect((await there('run', '--session', 'mild', 'What is 3 times 4?')).code).toBe(0);
  });

  test('what others wrote into the events of a run cannot reach into the terminal of who looks on', async () => {
    const { url, there } = await place();
    await there('run', '--session', 'sums', 'What is 2 times 4?');
    const evil = '\\u001b]0;evil\\u0007';
    const events = [
      { type: 'text-delta' },
      { type: 'tool-result', name: { a: 1 }, index: 'x' },
      { type: 'approval-request', id: 5 },
      { type: 'error', error: { code: 'constructor', message: 'EVIL no' } },
      {
        type: 'end',
        result: { session: 'x; rm -rf EVIL', finishReason: 'paused', usage: { inputTokens: 'EVIL' } },
      },
      { type: 'end', result: { finishReason: 'EVIL', explanation: 'EVIL boo', steps: 7, approvals: [1] } },
    ];
    const rows = events.map(
      (event, at) => `(1, ${at + 1}, '${JSON.stringify(event).replaceAll('EVIL', evil)}')`,
    );
    await postgres.sql(
      url,
      `DELETE FROM perigee.events; INSERT INTO perigee.events VALUES ${rows.join(', ')}`,
    );
    for (const how of [[], ['--quiet'], ['--json']]) {
      const { code, stdout, stderr } = await there('attach', 'sums', ...how);
      expect([code, stdout + stderr]).toEqual([3, expect.stringContaining('boo')]);
      expect(stdout + stderr).toContain('perigee run --session sums --resume');
      expect(stdout + stderr).not.toMatch(/\x1b|\x07|internal error/);
    }
  });

  test.each([
    ['nobody listens there', (url: string) => url.replace(/:\d+\//, ':1/'), 'Check that it runs'],
    ['there is no such database', (url: string) => `${url}x`, 'Make it (createdb)'],
    [
      'there is no such user',
      (url: string) => url.replace('//postgres:', '//nemo:'),
      'Check user and password',
    ],
    ['it is no URL of Postgres', (url: string) => url.replace('postgres:/', 'mysql:/'), 'Give postgres://'],
  ])('it is said what to do where %s', async (_, broken, remedy) => {
    const { url, here } = await place();
    const asked = await Promise.all([
      here('sessions', 'list', '--database-url', broken(url)),
      here('run', '--detach', 'x', '--database-url', broken(url)),
      here('worker', '--database-url', broken(url)),
    ]);
    for (const { code, stdout, stderr } of asked) {
      expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(remedy)]);
    }
  });

  test('it is said what to install where pg is missing', async () => {
    const { url } = await place();
    const folder = folderWith({ 'no-pg.mjs': NO_PG });
    const env = { HOME: folder, NODE_OPTIONS: `--import=${join(folder, 'no-pg.mjs')}` };
    const { code, stderr } = await perigee(['sessions', 'list', '--database-url', url], { env });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/needs the package pg.*\n {2}npm install pg\n/),
    ]);
  });

  test('a name that was misspelt is guessed at, and the password is not put into the commands that are named', async () => {
    const { url, here } = await place();
    await here('run', '--session', 'sums', '--database-url', url, 'What is 2 times 4?');
    for (const args of [
      ['attach', 'sumz'],
      ['cancel', 'sumz'],
      ['sessions', 'show', 'sumz'],
    ]) {
      const { code, stderr } = await here(...args, '--database-url', url);
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining(
          'Did you mean sums? perigee sessions list --database-url "$PERIGEE_DATABASE_URL"',
        ),
      ]);
    }
  });
});
