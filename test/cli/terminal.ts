import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { COMMAND } from './command.ts';

/** Why nothing can be tried on a terminal here; undefined when it can. */
export const NO_TERMINAL = reason();

function reason(): string | undefined {
  const { error, stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' });
  if (error) return 'there is no `script` (package bsdutils or util-linux) to make a terminal with';
  return /util-linux/.test(stdout ?? '') ? undefined : 'the `script` here is not the one of util-linux';
}

export interface Terminal {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves once the text stands behind what was seen before; from there the next is looked for. */
  sees(text: string): Promise<void>;
  types(text: string): void;
  /** The exit code and all that was written, without colours. */
  readonly done: Promise<{ readonly code: number | null; readonly screen: string }>;
}

export const CTRL_C = '\x03';
export const CTRL_D = '\x04';
export const ENTER = '\r';

/** Runs the command on a terminal of its own. */
export function onTerminal(
  args: readonly string[],
  { env = {}, columns = 100 }: { env?: Readonly<Record<string, string>>; columns?: number } = {},
): Terminal {
  const words = [process.execPath, COMMAND, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const command = `stty cols ${columns} rows 30; exec ${words.join(' ')}`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', SHELL: '/bin/sh', NO_COLOR: '1', ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => {});
  let screen = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  const done = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    screen: plain(screen),
  }));
  return {
    child,
    done,
    types: (text) => void child.stdin.write(text),
    async sees(text) {
      for (;;) {
        const at = screen.indexOf(text, seen);
        if (at >= 0) {
          seen = at + text.length;
          return;
        }
        const isOver = await Promise.race([
          once(child.stdout, 'data').then(() => false),
          done.then(() => true),
        ]);
        if (isOver && !screen.includes(text, seen))
          throw new Error(`it ended without ${text}:\n${plain(screen)}`);
      }
    },
  };
}

function plain(text: string): string {
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replace(/\r+\n/g, '\n');
}
