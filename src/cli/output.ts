import { once } from 'node:events';

/** What is done when standard output cannot be written. */
let lost = (error: NodeJS.ErrnoException): void => {
  // The reader has gone (`perigee … | head`): there is nobody left to write to.
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`perigee: cannot write the output: ${error.message}\n`);
  process.exit(1);
};

/** Ends the process when its standard output is lost: what it does is of no use then. */
export function endWithOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => lost(error));
  process.stderr.on('error', () => {});
}

/** From now on the process outlives its output: what it does is for others, and only its log is lost. */
export function outliveOutput(): void {
  let isTold = false;
  lost = ({ message }) => {
    if (!isTold) process.stderr.write(`perigee: the log cannot be written (${message}); requests go on.\n`);
    isTold = true;
  };
}

/** Resolves once the reader of standard output has taken what was written, or with `signal`: what waits for it is in memory. */
export async function outputTaken(signal: AbortSignal): Promise<void> {
  if (!process.stdout.writableNeedDrain || signal.aborted) return;
  await once(process.stdout, 'drain', { signal }).catch(() => {});
}
