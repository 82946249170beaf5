import { PerigeeError } from '../../core/index.ts';
import type { OpenedSession } from '../../durable/index.ts';
import { UsageError } from '../failure.ts';
import type { PlaceOptions } from '../sessions/place.ts';

/** What the options say about the session of a run. */
export interface SessionOptions extends PlaceOptions {
  readonly session?: string;
  readonly resume?: boolean;
}

/** The session that a run works on here. In a database others see what happens in it. */
export interface RunSession extends OpenedSession {
  /** Shows what happens to those who look on from elsewhere. */
  emit?(event: unknown): void;
  /** Fires when another process has taken it over: nothing can be recorded any more. */
  readonly lost?: AbortSignal;
  /** Whether it is in touch with its database. */
  readonly isConnected?: boolean;
}

/** Whether it is in a database, where others may write to it. */
export function isShared(session: RunSession | undefined): boolean {
  return session?.lost !== undefined;
}

/** Opens the session that a run works on, undefined without one. */
export async function withSession<T>(
  options: SessionOptions,
  work: (session: RunSession | undefined) => Promise<T>,
): Promise<T> {
  const { session: name, resume } = options;
  if (name === undefined) {
    if (resume) throw new UsageError('--resume needs a session: perigee run --session NAME --resume.');
    return work(undefined);
  }
  const { notFound, withStore } = await import('../sessions/store.ts');
  return withStore(options, undefined, async ({ sessions, place }) => {
    if (resume) {
      const names = await sessions.names();
      if (!names.includes(name)) {
        const error = new PerigeeError(
          'session-not-found',
          `There is no session ${JSON.stringify(name)} to resume.`,
        );
        throw notFound(error, names, name, place);
      }
    }
    const session: RunSession = await sessions.open(name);
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  });
}
