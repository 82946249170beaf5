import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';

/** For what the command keeps where nothing else is said: never that of whoever runs the tests. */
const DATA_DIR = mkdtempSync(join(tmpdir(), 'perigee-data-'));
process.once('exit', () => rmSync(DATA_DIR, { recursive: true, force: true }));

/** The built command. */
export const COMMAND = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  /** Besides PATH, nothing of this process's environment gets in: no key, no proxy. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs the command to its end. */
export async function perigee(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const running = start(args, options);
  running.child.stdin.end(options.input ?? '');
  return running.done;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves once standard output holds the text. */
  printed(text: string): Promise<void>;
  /** Resolves once standard error holds the text. */
  said(text: string): Promise<void>;
  readonly done: Promise<Ran>;
}

/** Starts the command; it is stopped with the test. */
export function start(args: readonly string[], { env = {}, cwd }: RunOptions = {}): Running {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { PATH: process.env['PATH'] ?? '', PERIGEE_DATA_DIR: DATA_DIR, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A command that ends without reading its input is no error here.
  child.stdin.on('error', () => {});
  const done = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  const holds = async (stream: 'stdout' | 'stderr', text: string) => {
    const written = () => (stream === 'stdout' ? stdout : stderr);
    while (!written().includes(text)) {
      const ended = await Promise.race([
        once(child[stream], 'data').then(() => false),
        done.then(() => true),
      ]);
      if (ended && !written().includes(text))
        throw new Error(`it ended without ${text}:\n${stdout}\n${stderr}`);
    }
  };
  return {
    child,
    done,
    printed: (text) => holds('stdout', text),
    said: (text) => holds('stderr', text),
  };
}

/** A folder of its own, with files in it; it is removed with the test. */
export function folderWith(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'perigee-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Standard output as the JSON lines it must be. */
export function jsonLines(stdout: string): Record<string, unknown>[] {
  expect(stdout).toMatch(/\n$/);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
