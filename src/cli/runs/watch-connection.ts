/** Milliseconds between two looks whether the database is there, and how often it is missed until that is said. */
const LOOK_MS = 1_000;
const MISSES = 2;

/**
 * Says when the database of a process is away and when it is back: what is to be recorded waits meanwhile, and nobody would
 * know why nothing happens. Keeps no process alive. Returns what ends it.
 */
export function watchConnection(isConnected: () => boolean, say: (text: string) => void): () => void {
  let missed = 0;
  const look = setInterval(() => {
    const before = missed;
    missed = isConnected() ? 0 : before + 1;
    // A connection that is made anew at once is not worth a line.
    if (missed === MISSES) say('The database cannot be reached; what goes on waits for it.');
    else if (missed === 0 && before >= MISSES) say('The database is back.');
  }, LOOK_MS).unref();
  return () => clearInterval(look);
}
