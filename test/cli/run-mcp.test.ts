import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { httpServer } from '../tools/mcp/http-server.ts';
import { folderWith, jsonLines, perigee, type RunOptions, start } from './command.ts';
import { hostOf, rawAnswer, rawCall, rawSection } from './hosts.ts';

const PROGRAM = fileURLToPath(new URL('../tools/mcp/program.mjs', import.meta.url));
const SERVER = `'${process.execPath}' '${PROGRAM}'`;

/** A server that leaves its process id in the file `pid`. */
function tellingServer(mode = ''): string {
  return `sh -c "echo \\$\\$ > pid; exec '${process.execPath}' '${PROGRAM}' ${mode}"`;
}

/** Resolves once the server whose id is in the folder has ended. */
async function ended(folder: string): Promise<void> {
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  expect(pid).toBeGreaterThan(1);
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 30_000);
}

async function run(servers: readonly string[], answers: readonly string[], options?: RunOptions) {
  const { baseUrl, seen } = await hostOf(...answers.map((answer) => rawAnswer(answer)));
  const mcp = servers.flatMap((server) => ['--mcp', server]);
  const args = [
    'run',
    '--json',
    '--base-url',
    baseUrl,
    '--model',
    'm',
    '--tools',
    'calculator',
    ...mcp,
    'hi',
  ];
  const ran = await perigee(args, options);
  const { tools = [] } = seen[0]
    ? (JSON.parse(seen[0].body) as { tools: { function: { name: string } }[] })
    : {};
  return { ...ran, names: tools.map((tool) => tool.function.name) };
}

test('--mcp offers the tools of programs and of URLs, each under a name of its own, and calls them', async () => {
  const { url } = await httpServer();
  const cwd = folderWith();
  const call = rawSection(rawCall('functions.test_server_echo:0', '{"say":"hello"}'));
  const { code, stdout, names } = await run([tellingServer(), url], [call, 'done'], { cwd });
  expect(code).toBe(0);
  expect(names.slice(0, 2)).toEqual(['calculator', 'echo']);
  expect(names).toContain('test_server_echo');
  expect(new Set(names).size).toBe(names.length);
  expect(jsonLines(stdout).find(({ type }) => type === 'tool-result')).toMatchObject({
    output: '{"say":"hello"}',
    isError: false,
  });
  await ended(cwd);
});

test.each([
  [`${SERVER} broken`, 'ended before it had answered (exit code 7). It said last:\n    TOKEN is not set'],
  ['perigee-no-such-program', 'there is no program perigee-no-such-program'],
  ['npx "server', 'a " has no end'],
  ['http://', 'is not a URL'],
])('--mcp %s fails with a reason', async (server, reason) => {
  const { code, stdout, stderr, names } = await run([server], ['never asked']);
  expect([code, stdout, names]).toEqual([1, '', []]);
  expect(stderr).toContain(reason);
  expect(stderr).not.toContain('internal error');
});

test('--mcp with a server that wants a key says how to give it one', async () => {
  const { url } = await httpServer((_, response) => void response.writeHead(401).end());
  const { code, stderr } = await run([url], ['never asked']);
  expect(code).toBe(1);
  expect(stderr).toContain('exports the tools of mcpTools({ url, headers })');
});

test('a server that was started ends when the next one does not start', async () => {
  const cwd = folderWith();
  const { code } = await run([tellingServer(), 'perigee-no-such-program'], ['never asked'], { cwd });
  expect(code).toBe(1);
  await ended(cwd);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s while a tool runs ends the server, one that will not end too', async (signal, code) => {
  const { baseUrl } = await hostOf(
    rawAnswer(rawSection(rawCall('functions.wait:0', '{}'))),
    rawAnswer('done'),
  );
  const cwd = folderWith();
  const args = ['run', '--base-url', baseUrl, '--model', 'm', '--mcp', tellingServer('stubborn'), 'hi'];
  const running = start(args, { cwd });
  await running.printed('→ wait');
  running.child.kill(signal);
  if (signal === 'SIGINT') {
    // The first one lets the tool come to its end.
    await running.printed('Pausing');
    running.child.kill(signal);
  }
  expect((await running.done).code).toBe(code);
  await ended(cwd);
});

test('Ctrl-C while a server starts ends both', async () => {
  const cwd = folderWith();
  const running = start(['run', '--mcp', tellingServer('silent'), 'hi'], { cwd });
  await vi.waitFor(
    () => expect(existsSync(join(cwd, 'pid')) && readFileSync(join(cwd, 'pid'), 'utf8')).toMatch(/\n/),
    30_000,
  );
  running.child.kill('SIGINT');
  expect((await running.done).code).toBe(130);
  await ended(cwd);
});
