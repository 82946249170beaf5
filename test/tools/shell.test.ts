import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ShellOptions, type ShellResult, shellTool } from '../../src/tools/index.ts';

const folders: string[] = [];
function folder(where = tmpdir()): string {
  const made = mkdtempSync(join(where, 'perigee-shell-'));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

function run(command: string, options: ShellOptions = {}, input: object = {}, signal?: AbortSignal) {
  const context = { toolCallId: 'a', idempotencyKey: 'a', signal: signal ?? new AbortController().signal };
  const made = shellTool({ root: folder(), sandbox: 'off', ...options });
  return Promise.resolve(made.execute({ command, ...input }, context)) as Promise<ShellResult>;
}

/** The processes of this machine whose first argument is this name. */
function processesCalled(name: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => commandLine(pid).split('\0')[0] === name);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const works = spawnSync('bwrap', ['--unshare-user', '--ro-bind', '/', '/', 'true']).status === 0;
const SANDBOXES: ShellOptions['sandbox'][] = works ? ['off', 'require'] : ['off'];
if (!works) console.warn('bubblewrap does not work here: what is said of the sandbox is not tried.');

it('asks a person and is never repeated by itself', () => {
  expect(shellTool()).toMatchObject({ needsApproval: true, replay: 'never' });
});

it('shows who has to approve it where it would run', async () => {
  const root = folder();
  expect(await shellTool({ root, sandbox: 'off' }).preview!({ command: 'make' })).toBe(
    `make\n(in ${root}; sandbox: none: it is switched off)`,
  );
});

it.each([
  { sandbox: 'maybe' },
  { timeoutMs: 0 },
  { timeoutMs: Number.NaN },
  { maxTimeoutMs: 2 ** 40 },
  { maxOutputBytes: -1 },
])('is not made with %j', (options) => {
  expect(() => shellTool(options as ShellOptions)).toThrow(
    expect.objectContaining({ code: 'invalid-options' }) as Error,
  );
});

it('says so where there is no shell to run with', () => {
  const platform = vi.spyOn(process, 'platform', 'get').mockReturnValue('win32');
  expect(() => shellTool()).toThrow('does not run on Windows');
  platform.mockRestore();
});

describe.each(SANDBOXES)('with the sandbox %s', (sandbox) => {
  it('gives both outputs in the order in which they were written, and the exit code', async () => {
    const command = 'echo one; echo two >&2; echo three; exit 7';
    expect(await run(command, { sandbox })).toMatchObject({ exit_code: 7, output: 'one\ntwo\nthree\n' });
  });

  it('starts in the folder and can write there', async () => {
    const root = folder();
    expect(await run('echo hello > a.txt && pwd', { sandbox, root })).toMatchObject({
      exit_code: 0,
      output: `${root}\n`,
    });
    expect(readFileSync(join(root, 'a.txt'), 'utf8')).toBe('hello\n');
  });

  it('has no input, no terminal and no colours', async () => {
    const command =
      'cat; if [ -t 0 ] || [ -t 1 ] || (: < /dev/tty) 2>/dev/null; then echo tty; fi; printf "\\033[31mred\\033[0m"';
    expect((await run(command, { sandbox })).output).toBe('red');
  });

  it('keeps the secrets of the environment from the command', async () => {
    vi.stubEnv('MOONSHOT_API_KEY', 'sk-secret');
    vi.stubEnv('LC_TEST', 'kept');
    const { output } = await run('env', { sandbox, env: { GIVEN: 'yes' } });
    expect(output).not.toContain('sk-secret');
    expect(output.split('\n')).toEqual(expect.arrayContaining(['GIVEN=yes', 'LC_TEST=kept']));
  });

  it('does not wait for what stays in the background, and ends it', async () => {
    const name = 'perigee-left-behind';
    const { output } = await run(`bash -c 'exec -a ${name} sleep 600' & echo started`, { sandbox });
    expect(output).toBe('started\n');
    await vi.waitFor(() => expect(processesCalled(name)).toEqual([]), 30_000);
  });

  it('does not wait for who left the group with the pipe', async () => {
    const name = `perigee-far-away-${sandbox}`;
    const command = `setsid bash -c 'echo up > up; exec -a ${name} sleep 600' & until [ -s up ]; do :; done; echo done`;
    try {
      expect((await run(command, { sandbox })).output).toBe('done\n');
    } finally {
      for (const pid of processesCalled(name)) process.kill(pid, 'SIGKILL');
    }
  });

  it('keeps the beginning and the end of an endless output', async () => {
    const command = 'echo first; head -c 50000000 /dev/zero | tr "\\0" x; echo; echo last';
    const { output } = await run(command, { sandbox, maxOutputBytes: 1000 });
    expect(output).toMatch(/^first\nx{494}\n\[… 49999012 bytes left out …\]\nx+\nlast\n$/);
    expect(Buffer.byteLength(output)).toBeLessThan(1100);
  });

  it('ends a command whose time is over, and tells what it said until then', async () => {
    const name = `perigee-too-long-${sandbox}`;
    const command = `echo begun; bash -c 'exec -a ${name} sleep 600'`;
    const result = await run(command, { sandbox }, { timeout_seconds: 0.5 });
    await vi.waitFor(() => expect(processesCalled(name)).toEqual([]), 30_000);
    expect(result).toMatchObject({ timed_out_after_seconds: 0.5, output: 'begun\n' });
    expect(result.exit_code).not.toBe(0);
  });

  it('does what the model may not write', async () => {
    await expect(run('echo \0', { sandbox })).rejects.toThrow('NUL');
    await expect(run(`# ${'ü'.repeat(99_000)}`, { sandbox })).rejects.toThrow('too long');
  });

  it('says that the folder does not exist, and finds it once it does', async () => {
    const root = join(folder(), 'later');
    const tool = shellTool({ root, sandbox });
    const context = { toolCallId: 'a', idempotencyKey: 'a', signal: new AbortController().signal };
    await expect(tool.execute({ command: 'true' }, context)).rejects.toThrow('does not exist');
    mkdirSync(root);
    expect(await tool.execute({ command: 'true' }, context)).toMatchObject({ exit_code: 0 });
  });
});

describe('the end of a command', () => {
  it('is that of its grandchildren, who do not heed SIGTERM', async () => {
    const root = folder();
    const control = new AbortController();
    const command =
      "(trap '' TERM; (trap '' TERM; echo $BASHPID > pid; while :; do sleep 0.05; done) & wait) & wait";
    const running = run(command, { root }, {}, control.signal);
    await vi.waitFor(() => expect(readFileSync(join(root, 'pid'), 'utf8')).toMatch(/^\d+\n$/), 30_000);
    const pid = Number(readFileSync(join(root, 'pid'), 'utf8'));
    expect(isAlive(pid)).toBe(true);
    control.abort();
    expect(await running).toMatchObject({ exit_code: null, signal: 'SIGTERM' });
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 30_000);
  });

  it('comes by SIGKILL where SIGTERM is not heeded', async () => {
    const command = "trap '' TERM; while :; do sleep 0.05; done";
    expect(await run(command, {}, { timeout_seconds: 0.3 })).toMatchObject({ signal: 'SIGKILL' });
  });

  it('is its beginning when the run was aborted before', async () => {
    const root = folder();
    await expect(run('touch made', { root }, {}, AbortSignal.abort(new Error('over')))).rejects.toThrow(
      'over',
    );
    expect(() => readFileSync(join(root, 'made'))).toThrow('ENOENT');
  });
});

describe('where bubblewrap is of no use', () => {
  it('runs without it and says why', async () => {
    vi.stubEnv('PATH', folder());
    const tool = shellTool({ root: folder() });
    expect(await tool.preview!({ command: 'true' })).toContain('sandbox: none: bubblewrap is not installed');
  });

  it('says what it said', async () => {
    const bin = folder();
    writeFileSync(
      join(bin, 'bwrap'),
      '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n',
      {
        mode: 0o755,
      },
    );
    vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`);
    const reason = 'bubblewrap does not work here (bwrap: No permissions to create new namespace)';
    expect(await run('echo ran', { sandbox: 'auto' })).toMatchObject({
      output: 'ran\n',
      sandbox: `none: ${reason}`,
    });
    await expect(run('echo ran', { sandbox: 'require' })).rejects.toThrow(
      `Not executed: commands may run in a sandbox only, and ${reason}.`,
    );
  });

  it('does not make the whole disk writable', async () => {
    await expect(run('true', { sandbox: 'require', root: '/' })).rejects.toThrow(
      'the folder is the whole disk',
    );
  });
});

describe.runIf(works)('in bubblewrap', () => {
  const inside = { sandbox: 'require' } as const;

  it('says that it ran there', async () => {
    expect((await run('true', inside)).sandbox).toBe('bubblewrap, no network');
    expect((await run('true', { ...inside, network: true })).sandbox).toBe('bubblewrap, with network');
  });

  it('nothing outside the folder can be written, not even by whoever was root', async () => {
    const outside = folder(process.cwd());
    const command = `echo x > ${outside}/x; mount -o remount,rw / ; echo y > ${outside}/y; echo z > /etc/perigee-shell`;
    const { exit_code } = await run(command, inside);
    expect(exit_code).not.toBe(0);
    for (const file of [join(outside, 'x'), join(outside, 'y'), '/etc/perigee-shell']) {
      expect(() => readFileSync(file)).toThrow('ENOENT');
    }
  });

  it('the disk is mounted to be read only, and only the folder to be written', async () => {
    const root = folder();
    const { output } = await run("awk '{ print $2, $4 }' /proc/mounts", { ...inside, root });
    const mounts = new Map(
      output
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    );
    expect(mounts.get('/')).toMatch(/^ro\b/);
    expect(mounts.get(root)).toMatch(/^rw\b/);
  });

  it('/tmp is private and the home folder empty, but for the folder itself and what is given', async () => {
    const home = folder(homedir());
    mkdirSync(join(home, 'root'));
    mkdirSync(join(home, 'given'));
    writeFileSync(join(home, 'secret'), 'secret');
    writeFileSync(join(home, 'given', 'tool'), 'tool');
    const other = folder();
    writeFileSync(join(other, 'theirs'), 'secret');
    const command = `ls -A ${home} ${other} 2>&1; cat ${home}/given/tool; echo x > ${home}/given/tool; echo x > /tmp/mine && cat /tmp/mine`;
    const options = { ...inside, root: join(home, 'root'), readable: [join(home, 'given')] };
    const { output } = await run(command, options);
    expect(output).not.toContain('secret');
    expect(output).not.toContain('theirs');
    expect(output).toContain('given\nroot\n');
    expect(output).toContain('Read-only file system');
    expect(output).toMatch(/x\n$/);
    expect(readFileSync(join(home, 'given', 'tool'), 'utf8')).toBe('tool');
    expect(() => readFileSync('/tmp/mine')).toThrow('ENOENT');
  });

  it('the home folder of the system is hidden too where HOME names another', async () => {
    vi.stubEnv('HOME', folder());
    const { output } = await run(`ls -A '${userInfo().homedir}'`, inside);
    expect(output).toBe('');
  });

  it('there is no network unless it is given', async () => {
    const server = createServer((socket) => socket.end('reached')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const command = `cat < /dev/tcp/127.0.0.1/${port}`;
    try {
      expect((await run(command, inside)).output).not.toContain('reached');
      expect((await run(command, { ...inside, network: true })).output).toBe('reached');
    } finally {
      server.close();
    }
  });

  it('no process outside can be seen', async () => {
    const { output } = await run(`cat /proc/${process.pid}/environ; ls /proc | grep -c '^[0-9]'`, inside);
    expect(output).toContain('No such file');
    expect(Number(output.trim().split('\n').at(-1))).toBeLessThan(10);
  });
});
