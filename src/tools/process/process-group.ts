import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** The groups that are running. They must not outlive this process. */
const RUNNING = new Set<ChildProcess>();

/**
 * Starts a program as the leader of a group and session of its own: what it starts can be ended with it, it has no
 * terminal, and Ctrl-C at ours does not reach it.
 */
export function startGroup(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, [...args], {
    ...options,
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  // Whoever waits for it hears of a failed start; without a listener that would end this process.
  child.on('error', () => {});
  if (child.pid !== undefined) {
    if (RUNNING.size === 0) process.once('exit', endAllNow);
    RUNNING.add(child);
    child.once('exit', () => {
      // Whatever it leaves in the background ends with it. Nobody would ever end it otherwise.
      signalGroup(child, 'SIGKILL');
      RUNNING.delete(child);
      if (RUNNING.size === 0) process.off('exit', endAllNow);
    });
  }
  return child;
}

/** Ends a group: asks with SIGTERM, and after `graceMs` kills. Resolves when the leader has ended. */
export async function endGroup(child: ChildProcess, graceMs: number): Promise<void> {
  if (!isRunning(child)) return;
  signalGroup(child, 'SIGTERM');
  if (await endsWithin(child, graceMs)) return;
  signalGroup(child, 'SIGKILL');
  await endsWithin(child, graceMs);
}

/** Whether the leader has ended before the milliseconds are over. */
export function endsWithin(child: ChildProcess, milliseconds: number): Promise<boolean> {
  if (!isRunning(child)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const onExit = () => done(true);
    const timer = setTimeout(() => done(false), milliseconds);
    child.once('exit', onExit);
    function done(ended: boolean): void {
      clearTimeout(timer);
      child.off('exit', onExit);
      resolve(ended);
    }
  });
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // Nobody is left in it.
  }
}

function endAllNow(): void {
  for (const child of RUNNING) signalGroup(child, 'SIGKILL');
}
