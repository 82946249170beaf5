import { exitCodeOfSession } from '../run/ending.ts';
import { showSession } from '../sessions/show-session.ts';
import { reach, type Store } from '../sessions/store.ts';

/**
 * Follows a session on this machine by its records: what happens between them only its own process knows. Returns the exit code
 * that its last run had or would have.
 */
export async function attachHere(
  id: string,
  store: Store,
  options: { readonly from?: number; readonly json?: boolean },
): Promise<number> {
  const session = await reach(store, id);
  process.stderr.write(
    'On this machine a run is shown by its records, one a line; text as it is written is seen in a database (--database-url).\n',
  );
  await showSession(store, id, { ...options, follow: true });
  return exitCodeOfSession(await session.summary());
}
