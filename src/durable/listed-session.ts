import { PerigeeError } from '../core/index.ts';
import type { ReachedSession } from './reached-session.ts';
import type { SessionOwner } from './sqlite/owner.ts';
import type { SessionSummary } from './summary.ts';

/** A session in a list of all. */
export interface ListedSession {
  readonly name: string;
  /** Undefined where it cannot be read. */
  readonly summary?: SessionSummary;
  /** Who works on it; undefined: nobody. */
  readonly owner?: SessionOwner;
  /** Why nothing more can be said. One session that cannot be read must not hide the others. */
  readonly problem?: PerigeeError;
}

/** What is asked of each. */
interface Asked {
  names(): Promise<readonly string[]>;
  reach(name: string): Promise<Pick<ReachedSession, 'summary' | 'owner'>>;
}

/** Sessions that are looked at side by side. */
const AT_ONCE = 8;

/** All sessions of a place where each has to be asked for itself. */
export async function listEach(sessions: Asked): Promise<ListedSession[]> {
  const names = [...(await sessions.names())];
  const listed: ListedSession[] = [];
  const lookOn = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const session = await look(sessions, name);
      if (session) listed.push(session);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lookOn));
  return listed;
}

/** Undefined: it was just removed. */
async function look(sessions: Asked, name: string): Promise<ListedSession | undefined> {
  try {
    const session = await sessions.reach(name);
    const summary = await session.summary();
    const owner = await session.owner();
    return { name, summary, ...(owner && { owner }) };
  } catch (error) {
    if (!(error instanceof PerigeeError) || error.code === 'missing-package') throw error;
    return error.code === 'session-not-found' ? undefined : { name, problem: error };
  }
}
