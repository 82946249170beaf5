import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The built room: what other processes load. */
export const BUILT = fileURLToPath(new URL('../../dist/durable/index.js', import.meta.url));

/** A process that works on sessions. */
export interface Worker {
  readonly child: ChildProcessWithoutNullStreams;
  /** The next line that it prints; undefined when it has ended. */
  line(): Promise<string | undefined>;
  /** What it printed on standard error. */
  readonly errors: () => string;
  /** Kills it, and waits until it is gone. */
  kill(): Promise<void>;
  readonly ended: Promise<number | null>;
}

export interface WorkerOptions {
  readonly args?: readonly string[];
  /** What starts it instead of Node alone; gets the command behind it. */
  readonly wrap?: readonly string[];
  readonly uid?: number;
}

/** Runs a script in a process of its own, with `print` at hand. It is stopped with the test. */
export function startScript(script: string, options: WorkerOptions = {}): Worker {
  const source = `
    import { writeSync } from 'node:fs';
    const print = (line) => writeSync(1, line + '\\n');
    ${script}`;
  const command = [process.execPath, '--input-type=module', '--eval', source, ...(options.args ?? [])];
  const [program = '', ...args] = [...(options.wrap ?? []), ...command];
  const child = spawn(program, args, options.uid === undefined ? {} : { uid: options.uid });
  onTestFinished(() => void child.kill('SIGKILL'));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // A program that cannot be started at all has no end of its own.
  child.on('error', (error) => {
    errors += error.message;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => resolve(code));
    child.on('error', () => resolve(null));
  });
  return {
    child,
    ended,
    errors: () => errors,
    line: async () => ((await lines.next()) as IteratorResult<string, undefined>).value,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
