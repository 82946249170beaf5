import type { Session } from '../../core/index.ts';
import type { PostgresSession } from '../postgres/postgres-session.ts';

/** The session as a run is given it: what was answered meanwhile is there at once, and how far the line was read is known. */
export interface RunSession extends Session {
  /** Messages in line that the run has read. */
  readonly seen: number;
  /** The names of answers that it waits for. */
  readonly waitsFor: readonly string[];
}

/**
 * `answered`: names of approvals that were delivered while nobody was at work. They are recorded here, first: a run that is
 * not to wait would leave again before they came from the database.
 */
export async function runSession(session: PostgresSession, answered: readonly string[]): Promise<RunSession> {
  const answers = new Map<string, unknown>();
  for (const name of answered) answers.set(name, await session.wait(name));
  const open = new Set<string>();
  let seen = 0;
  return {
    name: session.name,
    get seen() {
      return seen;
    },
    step: (name, work) => session.step(name, work),
    get waitsFor() {
      return [...open];
    },
    async wait<T>(name: string) {
      if (answers.has(name)) return answers.get(name) as T;
      open.add(name);
      const value = await session.wait<T>(name);
      open.delete(name);
      return value;
    },
    records: () => session.records(),
    async queued(from) {
      const queued = await session.queued(from);
      seen = Math.max(seen, from + queued.length);
      return queued;
    },
    queue: (message) => session.queue(message),
    deliver: (name, value) => session.deliver(name, value),
    close: () => session.close(),
  };
}
