import { setMaxListeners } from 'node:events';
import type { ApprovalAnswer } from '../../agent/index.ts';
import type { Message, QueuedMessage } from '../../core/index.ts';
import type { ListedSession } from '../listed-session.ts';
import { deadOf } from '../postgres/held-process.ts';
import { ASK_PATIENCE_MS, patiently } from '../postgres/patience.ts';
import type { NumberedEvent } from '../postgres/postgres-session.ts';
import { type PostgresSessions, postgresSessions } from '../postgres/postgres-sessions.ts';
import { openEngine, workersOf } from './engine.ts';
import { loadDbos } from './load-dbos.ts';
import { Outcomes } from './outcomes.ts';
import { RunDesk } from './run-desk.ts';
import { noSession } from './run-errors.ts';
import type { RunRow } from './run-rows.ts';
import { isDue, type RunOutcome, type RunStatus } from './run-status.ts';
import type { RunTask } from './run-task.ts';

export interface RunsClientOptions {
  /** As in `postgres://user:password@host:5432/database`. */
  readonly databaseUrl: string;
  /** The schema that holds Perigee's tables; default `perigee`. */
  readonly schema?: string;
}

/** A session, and where its run stands. */
export interface ListedRun extends ListedSession {
  readonly run?: RunStatus;
}

/** Runs on whatever workers there are, from anywhere. The id of a run is the name of its session. */
export interface RunsClient {
  /**
   * Queues a run; when this resolves it cannot be lost, and a worker that comes later finds it. The prompt of a session whose
   * run is not over is put in line for it. One that was paused, failed or cancelled is gone on with. Throws `invalid-options`.
   */
  start(task: RunTask): Promise<{ readonly id: string }>;
  /**
   * The events of a run as `perigee run --json` prints them, from number `from` on (the first is 1), those that are there and
   * then each as it comes, until the run is over. Whoever lost the connection goes on with the last number plus one.
   */
  attach(
    id: string,
    options?: { readonly from?: number; readonly signal?: AbortSignal },
  ): AsyncIterable<NumberedEvent>;
  /** Says something to the model; see `RunControl.steer`. Throws `invalid-options` when the run is over. */
  steer(id: string, message: string | Message, when?: QueuedMessage['when']): Promise<void>;
  /** Answers a call that waits. Returns whether it did wait and this answer was the first. */
  approve(id: string, callId: string, answer: boolean | ApprovalAnswer): Promise<boolean>;
  /** Ends the run at the next safe point; `start({ session })` goes on with it. Returns whether there was one to end. */
  pause(id: string): Promise<boolean>;
  /** Ends the run at once, wherever it is; one that is in line never begins. Returns whether there was one to end. */
  cancel(id: string): Promise<boolean>;
  /** All sessions, with where their runs stand: those that were never queued have none. In no order. */
  list(): Promise<readonly ListedRun[]>;
  /** Throws `session-not-found` when there is no such run. */
  status(id: string): Promise<RunStatus>;
  /** How many workers there are that take runs. Without any, what is queued waits for the first. */
  workers(): Promise<number>;
  /** What came of a run, as soon as it is over. Throws `aborted` with `signal`, `session-not-found` once its session is removed. */
  result(id: string, options?: { readonly signal?: AbortSignal }): Promise<RunOutcome>;
  readonly sessions: PostgresSessions;
  /** Ends the connections. Whoever is attached sees an end; whoever waits for a result gets `aborted`. */
  close(): Promise<void>;
}

/** Milliseconds for which whoever waits for a result bears that the database is away. */
const RESULT_PATIENCE_MS = 120_000;

/** Throws `invalid-options` for the URL, `missing-package`, `database-unreachable`, `database-invalid`. */
export async function createRunsClient(options: RunsClientOptions): Promise<RunsClient> {
  const { databaseUrl, schema } = options;
  // First: where it is missing it names all that is.
  await loadDbos();
  const sessions = await postgresSessions({ databaseUrl, ...(schema !== undefined && { schema }) });
  try {
    const engine = await openEngine(sessions.database, databaseUrl);
    return clientOf(sessions, new RunDesk(sessions, engine));
  } catch (error) {
    await sessions.close();
    throw error;
  }
}

function clientOf(sessions: PostgresSessions, desk: RunDesk): RunsClient {
  const find = (id: string): Promise<RunRow | undefined> =>
    patiently(ASK_PATIENCE_MS, () => desk.rows.read(sessions.database, id));
  const get = async (id: string): Promise<RunRow> => {
    const run = await find(id);
    if (!run || run.number === 0) throw noSession(id);
    return run;
  };
  const outcomes = new Outcomes((names) =>
    patiently(RESULT_PATIENCE_MS, () => desk.rows.outcomes(sessions.database, names)),
  );
  const closed = new AbortController();
  // As many as are waited for.
  setMaxListeners(0, closed.signal);
  const orClosed = (signal: AbortSignal | undefined) =>
    signal ? AbortSignal.any([signal, closed.signal]) : closed.signal;
  return {
    sessions,
    start: async (task) => ({ id: await desk.start(task) }),
    async *attach(id, { from = 1, signal } = {}) {
      const reached = await sessions.reach(id);
      const end = orClosed(signal);
      const isToCome = async () => !end.aborted && isDue((await find(id))?.state);
      try {
        yield* reached.events(Math.max(1, from), end, isToCome);
      } catch (error) {
        if (!closed.signal.aborted) throw error;
      }
    },
    steer: (id, message, when) => desk.steer(id, message, when),
    approve: (id, callId, answer) => desk.approve(id, callId, answer),
    pause: (id) => desk.stop(id, 'pause'),
    cancel: (id) => desk.stop(id, 'cancel'),
    async list() {
      const rows = await patiently(ASK_PATIENCE_MS, () => runsByName(desk, sessions));
      const left = await leftOf([...rows.values()], sessions);
      return (await sessions.summaries()).map((listed) => {
        const row = rows.get(listed.name);
        return row ? { ...listed, run: statusOf(row, left, listed.summary?.waiting ?? []) } : listed;
      });
    },
    async status(id) {
      const run = await get(id);
      const { waiting } = await (await sessions.reach(id)).summary();
      return statusOf(run, await leftOf([run], sessions), waiting);
    },
    workers: () =>
      patiently(ASK_PATIENCE_MS, () => sessions.process.countOf(workersOf(sessions.database.schema))),
    async result(id, { signal } = {}) {
      const end = orClosed(signal);
      await get(id);
      return outcomes.of(id, end);
    },
    async close() {
      if (closed.signal.aborted) return;
      closed.abort();
      await sessions.close();
    },
  };
}

async function runsByName(desk: RunDesk, { database }: PostgresSessions): Promise<Map<string, RunRow>> {
  const rows = new Map<string, RunRow>();
  for await (const row of desk.rows.all(database)) rows.set(row.name, row);
  return rows;
}

/** Those of the runs whose workers are gone. */
async function leftOf(runs: readonly RunRow[], { process }: PostgresSessions): Promise<Set<RunRow>> {
  const begun = runs.filter(({ state, worker }) => state === 'running' && worker !== undefined);
  const workers = begun.map(({ worker }) => worker!);
  const dead = await patiently(ASK_PATIENCE_MS, () => deadOf(process, workers));
  return new Set(begun.filter(({ worker }) => dead.has(worker!)));
}

function statusOf(run: RunRow, left: ReadonlySet<RunRow>, waiting: RunStatus['waiting']): RunStatus {
  const { name, state, worker, task, queuedAt, beganAt, endedAt, outcome } = run;
  const { model, user } = task;
  return {
    id: name,
    state,
    ...(worker !== undefined && { worker }),
    ...(left.has(run) && { isLeft: true }),
    ...(model !== undefined && { model }),
    ...(user !== undefined && { user }),
    queuedAt,
    ...(beganAt !== undefined && { beganAt }),
    ...(endedAt !== undefined && { endedAt }),
    waiting: state === 'waiting' || state === 'paused' || state === 'running' ? waiting : [],
    ...(outcome && { outcome }),
  };
}
