import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sqliteSessions } from '../../src/durable/index.ts';
import { folderWith, jsonLines, perigee, start } from './command.ts';
import { hostOf, rawAnswer, rawCall, rawSection } from './hosts.ts';

const MODULE = `export default { deploy: {
  description: 'd', inputSchema: { type: 'object' }, needsApproval: true, execute: () => 'deployed',
} };`;
const PROGRAM = fileURLToPath(new URL('../tools/mcp/program.mjs', import.meta.url));
const CALL = rawAnswer(rawSection(rawCall('functions.deploy:0', '{}')));

/** A folder with a module of tools and sessions, and the command in it. */
function ground() {
  const cwd = folderWith({ 'my-tools.mjs': MODULE });
  const env = { PERIGEE_DATA_DIR: cwd };
  return {
    cwd,
    store: sqliteSessions({ dataDir: cwd }),
    command: (...args: string[]) => perigee(args, { cwd, env }),
  };
}

/** What of a session is recorded under names that begin with `settings`. */
async function settingsIn(store: ReturnType<typeof sqliteSessions>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { name, value } of (await store.reach('one')).records()) {
    if (name.startsWith('settings')) found.push(value);
  }
  return found;
}

test('a session is gone on with as it was last, not as it began', async () => {
  const { command, store } = ground();
  const { baseUrl } = await hostOf(rawAnswer('hello'), CALL, rawAnswer('done'));
  const begin = ['run', '--session', 'one', '--base-url', baseUrl];
  await command(...begin, '--model', 'm', '--tools', 'calculator', 'hi');
  const waits = await command(...begin, '--model', 'm', '--tools', './my-tools.mjs', 'deploy it');
  expect([waits.code, waits.stdout]).toEqual([3, expect.stringContaining('perigee approve one ')]);
  const [, id = ''] = /perigee approve one (\S+) yes\|no\./.exec(waits.stdout) ?? [];
  expect(await command('approve', 'one', id, 'yes')).toMatchObject({ code: 0 });
  const resumed = await command('run', '--session', 'one', '--resume');
  expect([resumed.code, resumed.stdout]).toEqual([0, expect.stringMatching(/deployed[\s\S]*done/)]);
  expect(await settingsIn(store)).toEqual([
    { model: 'm', baseUrl, tools: 'calculator' },
    { model: 'm', baseUrl, tools: './my-tools.mjs' },
  ]);
});

test('what never worked is not kept for the next run', async () => {
  const { command, store } = ground();
  const { baseUrl } = await hostOf(rawAnswer('hello'));
  const begin = ['run', '--session', 'one', '--base-url', baseUrl, '--model', 'm'];
  expect(await command(...begin, '--tools', './no-such.mjs', 'hi')).toMatchObject({ code: 2 });
  expect(await settingsIn(store)).toEqual([]);
  expect(await command(...begin, 'hi')).toMatchObject({ code: 0 });
  expect(await settingsIn(store)).toEqual([{ model: 'm', baseUrl }]);
});

test('keys of an MCP server and of a URL are not kept, and whoever goes on is told to give them', async () => {
  const { command, store, cwd } = ground();
  const { baseUrl } = await hostOf(rawAnswer('hello'), rawAnswer('again'));
  const server = `TOKEN=top-secret '${process.execPath}' '${PROGRAM}'`;
  const begin = ['run', '--session', 'one'];
  const first = await command(...begin, '--base-url', baseUrl, '--model', 'm', '--mcp', server, 'hi');
  expect([first.code, first.stderr]).toEqual([0, '']);
  expect(await settingsIn(store)).toEqual([{ model: 'm', baseUrl, mcp: ['TOKEN=…'] }]);
  expect(readFileSync(`${cwd}/sessions/one.db`, 'latin1')).not.toContain('top-secret');
  expect(await command(...begin, '--resume')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--mcp "TOKEN=…", whose keys are not kept: give --mcp again/),
  });
  expect(await command(...begin, '--mcp', server, 'again')).toMatchObject({ code: 0 });

  const withKey = baseUrl.replace('//', '//user:top-secret@');
  await command('run', '--session', 'two', '--base-url', withKey, '--model', 'm', 'hi');
  expect(readFileSync(`${cwd}/sessions/two.db`, 'latin1')).not.toContain('top-secret');
});

test('the key of one host is not sent to the next one', async () => {
  const { cwd } = ground();
  const env = { PERIGEE_DATA_DIR: cwd, FIRST_KEY: 'key-of-the-first' };
  const first = await hostOf(rawAnswer('hello'));
  const second = await hostOf(rawAnswer('again'));
  const run = (...args: string[]) => perigee(['run', '--session', 'one', ...args], { cwd, env });
  await run('--base-url', first.baseUrl, '--model', 'm', '--api-key-env', 'FIRST_KEY', 'hi');
  await run('go on');
  expect(first.seen.map(({ headers }) => headers.authorization)).toEqual(
    Array(2).fill('Bearer key-of-the-first'),
  );
  expect(await run('--base-url', second.baseUrl, 'and on')).toMatchObject({ code: 0 });
  expect(second.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

test('the commands that a run names hold for a folder of its own', async () => {
  const { command } = ground();
  const { baseUrl } = await hostOf(CALL, rawAnswer('done'));
  const dataDir = folderWith();
  const args = ['run', '--session', 'one', '--data-dir', dataDir];
  const { stdout } = await command(
    ...args,
    '--base-url',
    baseUrl,
    '--model',
    'm',
    '--tools',
    './my-tools.mjs',
    'go',
  );
  const [, id = ''] = /approve one (\S+) yes/.exec(stdout) ?? [];
  expect(stdout).toContain(`perigee approve one ${id} yes|no --data-dir ${dataDir}.`);
  expect(stdout).toContain(`perigee run --session one --resume --data-dir ${dataDir} goes on.`);
  const shown = await command('sessions', 'show', 'one', '--data-dir', dataDir);
  expect(shown.stderr).toContain(`perigee approve one ${id} yes|no --data-dir ${dataDir}\n`);
  const said = await command('approve', 'one', id, 'yes', '--data-dir', dataDir);
  expect(said.stderr).toContain(`perigee run --session one --resume --data-dir ${dataDir}\n`);
});

/** Runs a tool that does this, with these options. */
async function runTool(body: string, ...options: string[]) {
  const text = `export default { odd: { description: 'd', inputSchema: { type: 'object' }, timeoutMs: 500,
    execute: ${body} } };`;
  const cwd = folderWith({ 'odd.mjs': text });
  const { baseUrl } = await hostOf(
    rawAnswer(rawSection(rawCall('functions.odd:0', '{}'))),
    rawAnswer('done'),
  );
  const args = ['run', '--base-url', baseUrl, '--model', 'm', '--tools', './odd.mjs', ...options, 'go'];
  return perigee(args, { cwd });
}

test.each([['--json'], ['--quiet']])(
  'what a tool writes to standard output does not get into that of %s',
  async (flag) => {
    const { code, stdout, stderr } = await runTool(
      "() => { process.stdout.write('noise'); return 1; }",
      flag,
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining('noise\n')]);
    if (flag === '--quiet') expect(stdout).toBe('done\n');
    else expect(jsonLines(stdout).at(-1)).toMatchObject({ type: 'end', result: { text: 'done' } });
  },
);

test('a promise that a tool has forgotten ends no run when it fails', async () => {
  const { code, stdout } = await runTool("() => { Promise.reject(new Error('forgotten')); return 'fine'; }");
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/nobody waits for has failed[^\n]*: forgotten\n[\s\S]*done/),
  ]);
});

test('a limit of dollars needs known prices, and says what else there is', async () => {
  expect(await runTool('() => 1', '--max-cost', '2')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--max-total-tokens'),
  });
});

test('a tool that waits for nothing that would hold the process is waited for, until Ctrl-C', async () => {
  const cwd = folderWith({
    'odd.mjs': `export default { odd: { description: 'd', inputSchema: { type: 'object' },
      execute: () => new Promise(() => {}) } };`,
  });
  const { baseUrl } = await hostOf(rawAnswer(rawSection(rawCall('functions.odd:0', '{}'))));
  const running = start(['run', '--base-url', baseUrl, '--model', 'm', '--tools', './odd.mjs', 'go'], {
    cwd,
  });
  running.child.stdin.end();
  await running.printed('→ odd');
  running.child.kill('SIGINT');
  await running.printed('Pausing');
  running.child.kill('SIGINT');
  expect(await running.done).toMatchObject({ code: 130, stdout: expect.stringContaining('Interrupted.') });
});
