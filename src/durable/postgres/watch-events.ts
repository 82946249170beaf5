import { PerigeeError } from '../../core/index.ts';
import { type Askable, livingOwner, mustFind, nextGrowth } from './ask-session.ts';
import { findSession } from './ownership.ts';
import { eventPage } from './pages.ts';
import { ASK_PATIENCE_MS, patiently } from './patience.ts';
import type { NumberedEvent } from './postgres-session.ts';

/** The highest number that the tables hold. */
const MOST_EVENTS = 2 ** 31 - 1;

/**
 * What is told of a session, from number `from` on, and then as it comes, until nobody works on it and nobody is due to, or
 * `signal`. Throws `session-not-found`, and `invalid-options` where `from` is no whole number.
 */
export async function* watchEvents(
  at: Askable,
  name: string,
  from: number,
  signal?: AbortSignal,
  isDue: () => Promise<boolean> = async () => false,
): AsyncGenerator<NumberedEvent> {
  if (!Number.isSafeInteger(from)) {
    throw new PerigeeError(
      'invalid-options',
      `Events are counted from 1: there is none with the number ${from}.`,
    );
  }
  const { id } = await patiently(ASK_PATIENCE_MS, () => mustFind(at.database, name), signal);
  let next = Math.min(Math.max(1, from), MOST_EVENTS);
  for (let isThere = true; !signal?.aborted; ) {
    const growth = nextGrowth(at.wakes, id, signal);
    try {
      // Asked first: what was told before the owner left is there then.
      const comes: boolean =
        isThere && (await patiently(ASK_PATIENCE_MS, () => isWorkedOn(at, name, id, isDue), signal));
      const start = next;
      const page = await patiently(ASK_PATIENCE_MS, () => eventPage(at.database, id, start), signal);
      for (const { number, text } of page) {
        if (signal?.aborted) return;
        next = number + 1;
        yield { number, event: JSON.parse(text) as unknown };
      }
      isThere = comes;
      if (page.length > 0) {
        isThere = true;
        continue;
      }
      if (!comes) return;
      await growth.come;
    } finally {
      growth.end();
    }
  }
}

/** A session that was removed is worked on by nobody. */
async function isWorkedOn(
  at: Askable,
  name: string,
  id: string,
  isDue: () => Promise<boolean>,
): Promise<boolean> {
  // First: who is due now may work on it in a moment, and not the other way round.
  if (await isDue()) return true;
  const session = await findSession(at.database, name);
  return session?.id === id && (await livingOwner(at, session)) !== undefined;
}
