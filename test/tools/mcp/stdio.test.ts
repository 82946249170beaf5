import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { mcpTools } from '../../../src/tools/index.ts';
import { call, connected, isAlive, program, resultsOf } from './calls.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe('an MCP server that is a program', () => {
  it('is called by its tools', async () => {
    const server = await connected(program());
    expect(await call(server, 'echo', { say: 'ü\n' })).toBe('{"say":"ü\\n"}');
    expect(await Promise.all(['a', 'b', 'c'].map((say) => call(server, 'echo', { say })))).toEqual(
      ['a', 'b', 'c'].map((say) => JSON.stringify({ say })),
    );
  });

  it('may be given as a command line, with variables in front', async () => {
    const { command, args } = program();
    const server = await connected(`WHO="the server" ${command} '${args![0]}'`);
    expect(JSON.parse(await call(server, 'environment'))).toMatchObject({ WHO: 'the server' });
  });

  it('does not see the secrets of this process', async () => {
    vi.stubEnv('MOONSHOT_API_KEY', 'sk-secret');
    const server = await connected({ ...program(), env: { GIVEN: 'yes' } });
    const seen = await call(server, 'environment');
    expect(seen).not.toContain('sk-secret');
    expect(JSON.parse(seen)).toMatchObject({ GIVEN: 'yes', PATH: process.env['PATH'] });
  });

  it('says what went wrong, and the model reads it', async () => {
    const server = await connected(program());
    await expect(call(server, 'fail')).rejects.toThrow('there is no such file');
    await expect(call(server, 'fail_silently')).rejects.toThrow('The tool failed and did not say why.');
    await expect(call(server, 'refuse')).rejects.toThrow('not today');
    const [result] = await resultsOf(server.tools, ['fail', '{}']);
    expect(result).toMatchObject({
      isError: true,
      output: '{"error":"there is no such file"}',
    });
  });

  it('gives pictures, resources and structured content as text', async () => {
    const server = await connected(program());
    expect(await call(server, 'kinds')).toBe(
      [
        'a picture:',
        '[image image/png, 3 bytes: not shown]',
        '[resource file:///a.txt]\nits text',
        '[resource file:///b.bin] [x/y, 6 bytes: not shown]',
        '[resource file:///c.txt: c]',
        '{"count":123}',
      ].join('\n'),
    );
  });

  it('does not say structured content twice', async () => {
    const server = await connected(program());
    expect(await call(server, 'said_as_json')).toBe('{ "a\\n": [1, null] }');
    expect(await call(server, 'said_in_words')).toBe('line\n"3"');
    expect(await call(server, 'half_said')).toBe('2 rows\n{"rows":["a","b"]}');
    expect(await call(server, 'said_alone')).toBe('{"count":3}');
  });

  it('may answer with megabytes, of which the model reads the two ends', async () => {
    const server = await connected(program(), { maxOutputBytes: 100 });
    expect(await call(server, 'huge')).toMatch(/^begin x{44}\n\[… 4999910 bytes left out …\]\nx{46} end$/);
  });

  it('may print what is no message', async () => {
    const server = await connected(program('noisy'));
    expect(await call(server, 'noise')).toBe('after the noise');
    expect(await call(server, 'echo', { say: 'a' })).toBe('{"say":"a"}');
  });

  it('is told when a call is given up', async () => {
    const server = await connected(program());
    const control = new AbortController();
    const waiting = call(server, 'wait', {}, control.signal);
    const refused = expect(waiting).rejects.toThrow();
    // An answer to a later call shows that the earlier one has arrived.
    await call(server, 'echo', { say: 'a' });
    control.abort(new Error('no longer wanted'));
    await refused;
    await vi.waitFor(async () => expect(await call(server, 'cancelled')).toBe('1'), 30_000);
  });

  it('is given up when it shows no sign, and answers the next call', async () => {
    const server = await connected(program(), { timeoutMs: 200 });
    await expect(call(server, 'wait')).rejects.toThrow(/gave no sign for 200 ms.*effect is not known/);
    expect(await call(server, 'cancelled')).toBe('1');
  });

  it('has more time for each sign of progress, but not for ever', async () => {
    const patient = await connected(program(), { timeoutMs: 1500 });
    expect(await call(patient, 'report')).toBe('done');
    const strict = await connected(program(), { timeoutMs: 1500, totalTimeoutMs: 500 });
    await expect(call(strict, 'report')).rejects.toThrow('did not answer within 500 ms in all');
  }, 20_000);

  it('says that its list has changed', async () => {
    const notes: string[] = [];
    const server = await connected(program(), { onNote: (note) => notes.push(note) });
    notes.length = 0;
    await call(server, 'change');
    await vi.waitFor(() => expect(notes.join()).toContain('Its list of tools has changed'), 30_000);
  });

  it('may take five seconds to start', async () => {
    const server = await connected(program('late'));
    expect(Object.keys(server.tools)).toContain('echo');
  }, 30_000);

  it('works by the way in which the SDK starts programs on Windows', async () => {
    vi.stubGlobal('process', Object.create(process, { platform: { value: 'win32' } }));
    const server = await connected(program());
    expect(await call(server, 'echo', { say: 'a' })).toBe('{"say":"a"}');
    await expect(call(server, 'die')).rejects.toThrow('out of luck');
  });
});

describe('a server that dies', () => {
  it('says how and what it said last, and is started again for the next call', async () => {
    const server = await connected(program());
    const other = call(server, 'wait').catch((error: Error) => error.message);
    const said =
      /ended \(exit code 3\) while it was called\. Whether the call took effect is not known\. It is started again with the next call\. It said last:\nout of luck$/;
    await expect(call(server, 'die')).rejects.toThrow(said);
    expect(await other).toMatch(said);
    expect(await Promise.all([1, 2].map(() => call(server, 'cancelled')))).toEqual(['0', '0']);
    await expect(call(server, 'die')).rejects.toThrow('exit code 3');
    expect(await call(server, 'cancelled')).toBe('0');
  });

  it('by a message without an end is ended, and says so', async () => {
    const server = await connected(program(), { maxMessageBytes: 1_000_000 });
    await expect(call(server, 'flood')).rejects.toThrow(
      'it sent a message of more than 1000000 bytes and was ended',
    );
    expect(await call(server, 'echo', { say: 'a' })).toBe('{"say":"a"}');
  });

  it('and does not start again says why, once for all calls that come soon after', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'perigee-mcp-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { command, args } = program();
    const script = `if [ -e "${folder}/ran" ]; then echo again >> "${folder}/again"; exit 9; fi; touch "${folder}/ran"; exec "${command}" "${args![0]}"`;
    const server = await connected({ command: 'sh', args: ['-c', script] });
    await expect(call(server, 'die')).rejects.toThrow('exit code 3');
    await expect(call(server, 'echo', { say: 'a' })).rejects.toThrow(
      'ended before it had answered (exit code 9)',
    );
    await expect(call(server, 'echo', { say: 'a' })).rejects.toThrow(
      'ended before it had answered (exit code 9)',
    );
    expect(readFileSync(join(folder, 'again'), 'utf8')).toBe('again\n');
  });
});

describe('a server that cannot be started', () => {
  it.each([
    ['perigee-no-such-program x', 'invalid-options', 'there is no program perigee-no-such-program'],
    [{ ...program(), cwd: '/no/such/folder' }, 'invalid-options', 'there is no folder /no/such/folder'],
    [{ command: '/' }, 'invalid-options', '/ may not be run'],
    [
      program('broken'),
      'connection-lost',
      /ended before it had answered \(exit code 7\)\. It said last:\n {4}TOKEN is not set/,
    ],
    [{ command: 'true' }, 'connection-lost', '(exit code 0)'],
    [{ command: '' }, 'invalid-options', 'needs a command or a url'],
  ])('%j is told apart', async (server, code, message) => {
    const failing = mcpTools(server);
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toMatchObject({ code, remedy: expect.stringMatching(/./) as string });
  });

  it('because it is silent is given up', async () => {
    const failing = mcpTools(program('silent'), { startTimeoutMs: 500 });
    await expect(failing).rejects.toMatchObject({
      code: 'silence',
      message: expect.stringContaining('500 ms') as string,
    });
  });

  it('because nobody waits for it any more is given up', async () => {
    const control = new AbortController();
    const failing = mcpTools(program('silent'), { signal: control.signal });
    control.abort();
    await expect(failing).rejects.toMatchObject({ code: 'aborted' });
  });

  it.each(['startTimeoutMs', 'timeoutMs', 'totalTimeoutMs', 'maxOutputBytes', 'maxMessageBytes'])(
    'because its %s is none',
    async (name) => {
      await expect(mcpTools(program(), { [name]: 0 })).rejects.toMatchObject({ code: 'invalid-options' });
    },
  );
});

describe('closing', () => {
  const pidOf = async (server: Awaited<ReturnType<typeof connected>>) =>
    Number((JSON.parse(await call(server, 'environment')) as { PID: string }).PID);
  /** A shell between us and the server, as npx is one. */
  const behindShell = (mode: string) => {
    const { command, args } = program(mode);
    const script = `sh -c 'PID=$$ exec "${command}" "${args![0]}" ${mode}'; true`;
    return { command: 'sh', args: ['-c', script] };
  };

  it.each(['plain', 'stubborn'])(
    'ends a %s server, though it is a grandchild',
    async (mode) => {
      const server = await mcpTools(behindShell(mode));
      const pid = await pidOf(server);
      expect(isAlive(pid)).toBe(true);
      await server.close();
      await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 30_000);
      await expect(call(server, 'echo', { say: 'a' })).rejects.toThrow('was closed');
      await server.close();
    },
    60_000,
  );
});
