import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { KeptText } from '../process/kept-text.ts';
import { endGroup, startGroup } from '../process/process-group.ts';

/** How a command is run. */
export interface Running {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal;
}

/** How it ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  /** Standard output and standard error in the order in which they were written; without colours. */
  readonly output: string;
}

/** Between SIGTERM and SIGKILL. */
const GRACE_MS = 2000;
/** For the last output after the end, and no longer: a process that left the group may hold the pipe for ever. */
const LAST_OUTPUT_MS = 500;

/**
 * Runs a program to its end, its time limit or the abort; with it end all processes of its group. Rejects only when it
 * cannot be started.
 */
export async function runCommand(command: string, args: readonly string[], how: Running): Promise<Ended> {
  how.signal.throwIfAborted();
  const child = startGroup(command, args, {
    cwd: how.cwd,
    env: how.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kept = new KeptText(how.maxOutputBytes);
  const closed = once(child, 'close').catch(() => {});
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => kept.push(chunk)).on('error', () => {});
  }
  let timedOut = false;
  const end = () => void endGroup(child, GRACE_MS);
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, how.timeoutMs);
  how.signal.addEventListener('abort', end, { once: true });
  try {
    const [exitCode, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    await Promise.race([closed, pause(LAST_OUTPUT_MS)]);
    return { exitCode, signal, timedOut, output: stripVTControlCharacters(kept.text) };
  } finally {
    clearTimeout(timer);
    how.signal.removeEventListener('abort', end);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
