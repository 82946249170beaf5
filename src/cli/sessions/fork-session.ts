import { reach, type Store } from './store.ts';

/** Copies a session, and says up to where. */
export async function forkSession(
  store: Store,
  name: string,
  copy: string,
  at: string | undefined,
): Promise<void> {
  // Says which name was meant.
  await reach(store, name);
  const { step, cut } = await store.sessions.fork(name, copy, at);
  const isWhole = at === undefined && cut === undefined;
  const until = step === undefined ? ', without steps' : `, up to and including ${step}`;
  process.stdout.write(`${copy} is a copy of ${name}${isWhole ? '' : until}.\n`);
  if (cut === undefined) return;
  process.stderr.write(`${cut} is not in it: a call in it has no result on record.\n`);
}
