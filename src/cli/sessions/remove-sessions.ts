import { createInterface } from 'node:readline/promises';
import { PerigeeError } from '../../core/index.ts';
import { reportError, UsageError } from '../failure.ts';
import { reach, type Store } from './store.ts';

/** Removes sessions after a question. Those that somebody works on stay; then the exit code is 1. */
export async function removeSessions(
  store: Store,
  names: readonly string[],
  isSure: boolean,
): Promise<number> {
  // Before anything is gone.
  for (const name of names) await reach(store, name);
  if (!isSure && !(await confirms(`Remove ${names.join(', ')} for ever? [y/N] `))) return 1;
  let exitCode = 0;
  for (const name of new Set(names)) {
    try {
      await store.sessions.remove(name);
      process.stdout.write(`Removed ${name}.\n`);
    } catch (error) {
      if (!(error instanceof PerigeeError)) throw error;
      reportError(error);
      exitCode = 1;
    }
  }
  return exitCode;
}

/** Asks on the terminal. Throws `UsageError` where nobody can be asked. */
export async function confirms(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('nobody can be asked here: give --yes to remove them.');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asking.question(question)).trim());
  } finally {
    asking.close();
  }
}
