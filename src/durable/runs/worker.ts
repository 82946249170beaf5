import { hostname } from 'node:os';
import { PerigeeError } from '../../core/index.ts';
import { type PostgresSessions, postgresSessions } from '../postgres/postgres-sessions.ts';
import { type Concurrency, checkConcurrency } from './concurrency.ts';
import { Duty } from './duty.ts';
import { openEngine, workersOf } from './engine.ts';
import { Executor, refuseSecond } from './executor.ts';
import type { RunContext, WorkerAgent } from './going-run.ts';
import { registerQueues } from './queues.ts';
import { RunDesk } from './run-desk.ts';
import type { RunTask } from './run-task.ts';
import type { WorkerNote } from './worker-note.ts';

export interface WorkerOptions {
  /** As in `postgres://user:password@host:5432/database`. A connection to the server itself: poolers of transactions lose locks. */
  readonly databaseUrl: string;
  /** The schema that holds Perigee's tables; default `perigee`. The engine's are in one beside it, `perigee_dbos`. */
  readonly schema?: string;
  /**
   * A name that stays the same when the worker is started again: it gets its runs back at once then. Default: the name of
   * the machine, with the lowest number behind it that nobody has.
   */
  readonly name?: string;
  readonly concurrency?: Concurrency;
  /** Makes the agent for a task. What it throws ends the run as failed. */
  readonly agent: (task: RunTask, context: RunContext) => WorkerAgent | Promise<WorkerAgent>;
  /** Hears what becomes of the runs here, for a log. It must not throw. */
  readonly onRun?: (note: WorkerNote) => void;
}

/** A process that works on runs. */
export interface Worker {
  readonly name: string;
  /** How many runs it is at work on. */
  readonly running: number;
  /** Whether it is in touch with the database. While it is not it begins nothing, and its runs wait to be recorded. */
  readonly isConnected: boolean;
  /**
   * Fires when this process was taken for dead and others have its runs. It has begun nothing since and records nothing any
   * more. What is left is to end the process.
   */
  readonly lost: AbortSignal;
  /** Ends the work: runs are paused at the next safe point, running tools are waited for, and other workers go on with them. */
  stop(): Promise<void>;
}

/** Names that are tried: of several workers on one machine each has another. */
const WORKERS_A_MACHINE = 200;

/**
 * Begins to work on what is queued. Throws `invalid-options` where this process has a worker already, `session-busy` where
 * another one goes by its name, `missing-package`, `database-unreachable`, `database-invalid`.
 */
export async function createWorker(options: WorkerOptions): Promise<Worker> {
  const { databaseUrl, schema, name, agent, onRun } = options;
  if (typeof agent !== 'function') {
    throw new PerigeeError('invalid-options', 'A worker needs `agent`, which makes the agent for a task.');
  }
  const concurrency = checkConcurrency(options.concurrency);
  const release = await refuseSecond();
  let sessions: PostgresSessions | undefined;
  try {
    sessions = await postgresSessions({
      databaseUrl,
      ...(schema !== undefined && { schema }),
      connections: 10,
      command: 'worker',
      process: name ?? namesOf(hostname()),
    });
    const engine = await openEngine(sessions.database, databaseUrl);
    await registerQueues(engine, concurrency);
    const desk = new RunDesk(sessions, engine);
    const executor = new Executor({ databaseUrl, sessions, desk, engine, concurrency, agent, onRun });
    await executor.launch();
    const duty = new Duty(executor, sessions, desk, engine);
    duty.begin();
    // Where the database is away just now it is taken up with the next connection.
    await sessions.process.takeUp(workersOf(sessions.database.schema)).catch(() => {});
    return workerOf(executor, duty, sessions, release);
  } catch (error) {
    await sessions?.close().catch(() => {});
    release();
    throw error;
  }
}

function workerOf(executor: Executor, duty: Duty, sessions: PostgresSessions, release: () => void): Worker {
  const { process } = sessions;
  let stopping: Promise<void> | undefined;
  const close = async () => {
    await sessions.close();
    release();
  };
  executor.lost.addEventListener('abort', () => {
    stopping ??= executor
      .end()
      .then(() => duty.end())
      .then(close);
    stopping.catch(() => {});
  });
  return {
    name: process.name,
    lost: executor.lost,
    get isConnected() {
      return process.isConnected;
    },
    get running() {
      return executor.going.size;
    },
    stop() {
      stopping ??= (async () => {
        void process.layDown();
        await executor.leaveOff();
        await duty.end();
        await duty.handOver();
        await process.release();
        await close();
      })();
      return stopping;
    },
  };
}

function namesOf(host: string): string[] {
  return Array.from({ length: WORKERS_A_MACHINE }, (_, at) => (at === 0 ? host : `${host}-${at + 1}`));
}
