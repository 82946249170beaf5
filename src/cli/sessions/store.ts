import { nearest, PerigeeError } from '../../core/index.ts';
import {
  describeUrl,
  postgresSessions,
  type ReachedSession,
  type Sessions,
  sqliteSessions,
} from '../../durable/index.ts';
import { awake } from '../runs/awake.ts';
import { databaseOf, type PlaceOptions, placeOption } from './place.ts';

/** Where a command finds sessions. */
export interface Store {
  readonly sessions: Sessions;
  /** As it was given, for the commands that are named. */
  readonly place: PlaceOptions;
  /** The folder or the database, for people. */
  readonly where: string;
  /** Whether they are files on this machine. */
  readonly isLocal: boolean;
}

/** Does `work` on the sessions that the options name. `command`: what others are told who find one of them in use. */
export async function withStore<T>(
  options: PlaceOptions,
  command: string | undefined,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const place = placeIn(options);
  const databaseUrl = databaseOf(options);
  if (databaseUrl === undefined) {
    const sessions = sqliteSessions({ ...(command !== undefined && { command }), ...place });
    return work({ sessions, place, where: sessions.dataDir, isLocal: true });
  }
  return awake(async () => {
    const sessions = await postgresSessions({ databaseUrl, ...(command !== undefined && { command }) });
    try {
      return await work({ sessions, place, where: describeUrl(databaseUrl), isLocal: false });
    } finally {
      await sessions.close();
    }
  });
}

function placeIn({ dataDir, databaseUrl }: PlaceOptions): PlaceOptions {
  return { ...(dataDir !== undefined && { dataDir }), ...(databaseUrl !== undefined && { databaseUrl }) };
}

/** A session to look at. Throws `session-not-found` that says which name may have been meant. */
export async function reach({ sessions, place }: Store, name: string): Promise<ReachedSession> {
  try {
    return await sessions.reach(name);
  } catch (error) {
    if (!(error instanceof PerigeeError) || error.code !== 'session-not-found') throw error;
    throw notFound(error, await sessions.names(), name, place);
  }
}

/** Throws where a session of this machine was pushed: what is told to it here nobody hears. */
export async function mustGoOnHere(session: ReachedSession, { place }: Store): Promise<void> {
  const { closedFor } = await session.summary();
  if (closedFor === undefined) return;
  throw new PerigeeError('session-unwritable', `Session "${session.name}" was pushed to ${closedFor}.`, {
    remedy: `Give --database-url${placeOption(place) === '' ? '' : ` instead of${placeOption(place)}`}.`,
  });
}

/** The same error with the name that was meant, or else how to find it. */
export function notFound(
  error: PerigeeError,
  names: readonly string[],
  name: string,
  place: PlaceOptions,
): PerigeeError {
  const meant = nearest(name, names);
  const list = `perigee sessions list${placeOption(place)}  shows what there is.`;
  const otherPlace = placeOption(place) === '' ? ' --data-dir and --database-url name another place.' : '';
  return new PerigeeError('session-not-found', error.message, {
    remedy: meant === undefined ? `${list}${otherPlace}` : `Did you mean ${meant}? ${list}`,
    cause: error,
  });
}
