import { PerigeeError } from '../../core/index.ts';
import { createRunsClient, describeUrl, type RunStatus, type RunsClient } from '../../durable/index.ts';
import { databaseOf, neededDatabase, type PlaceOptions } from '../sessions/place.ts';
import { notFound, type Store, withStore } from '../sessions/store.ts';
import { awake } from './awake.ts';

/** The runs of a database, and the sessions that they belong to. */
export interface Runs {
  readonly client: RunsClient;
  readonly store: Store;
}

/** Does `work` on the runs of the database that the options name. `what`: the command, for who names none. */
export function withRuns<T>(
  options: PlaceOptions,
  what: string,
  work: (runs: Runs) => Promise<T>,
): Promise<T> {
  const databaseUrl = neededDatabase(options, what);
  return awake(() => withRunsOf(databaseUrl, options, work));
}

async function withRunsOf<T>(
  databaseUrl: string,
  options: PlaceOptions,
  work: (runs: Runs) => Promise<T>,
): Promise<T> {
  const client = await createRunsClient({ databaseUrl });
  try {
    const place = options.databaseUrl === undefined ? {} : { databaseUrl };
    const { sessions } = client;
    return await work({
      client,
      store: { sessions, place, where: describeUrl(databaseUrl), isLocal: false },
    });
  } finally {
    await client.close();
  }
}

/** Does `work` on sessions; where they are in a database, through its runs. */
export function withStoreOrRuns<T>(
  options: PlaceOptions,
  what: string,
  work: (store: Store, client: RunsClient | undefined) => Promise<T>,
): Promise<T> {
  return databaseOf(options) === undefined
    ? withStore(options, what, (store) => work(store, undefined))
    : withRuns(options, what, ({ store, client }) => work(store, client));
}

/** Where a run stands that was queued for workers; undefined for a session that never was. */
export async function statusOf(id: string, client: RunsClient): Promise<RunStatus | undefined> {
  try {
    return await client.status(id);
  } catch (error) {
    if (error instanceof PerigeeError && error.code === 'session-not-found') return undefined;
    throw error;
  }
}

/** Whether workers have it, or will. */
export function isDue(status: RunStatus | undefined): boolean {
  return status?.state === 'queued' || status?.state === 'running' || status?.state === 'waiting';
}

/** Does `work` with a run, and says which one may have been meant where there is none of that name. */
export async function withRun<T>(id: string, { sessions, place }: Store, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PerigeeError) || error.code !== 'session-not-found') throw error;
    throw notFound(error, await sessions.names(), id, place);
  }
}
