import { setMaxListeners } from 'node:events';
import type { Pool } from 'pg';
import { PerigeeError } from '../../core/index.ts';
import { connectionConfig, ignoreDeaths } from '../postgres/database.ts';
import { loadPg } from '../postgres/load-pg.ts';
import type { PostgresSessions } from '../postgres/postgres-sessions.ts';
import type { Concurrency } from './concurrency.ts';
import {
  APPLICATION,
  type Engine,
  MODEL_WORKFLOW,
  MODELS_QUEUE,
  modelKey,
  RUN_WORKFLOW,
  RUNS_VERSION,
  SILENT,
  workflowOf,
} from './engine.ts';
import { executeRun, type Workplace } from './execute-run.ts';
import type { GoingRun, RunContext, WorkerAgent } from './going-run.ts';
import { type Dbos, loadDbos } from './load-dbos.ts';
import type { RunDesk } from './run-desk.ts';
import type { RunRef } from './run-rows.ts';
import type { KeptTask, RunTask } from './run-task.ts';
import type { WorkerNote } from './worker-note.ts';

interface Parts {
  readonly databaseUrl: string;
  readonly sessions: PostgresSessions;
  readonly desk: RunDesk;
  readonly engine: Engine;
  readonly concurrency: Concurrency;
  readonly agent: (task: RunTask, context: RunContext) => WorkerAgent | Promise<WorkerAgent>;
  readonly onRun: ((note: WorkerNote) => void) | undefined;
}

/** Milliseconds after which the server ends a transaction of the engine whose process has vanished or stands still. */
const IDLE_MS = 60_000;

/** The engine is one for a process, and so is what it runs. */
let current: Executor | undefined;
let isTaken = false;
let isRegistered = false;

/** Nobody decides any more how this work ends: the process does, or whoever has taken over. */
const never = new Promise<never>(() => {});

/** Throws `invalid-options` where the engine is in use in this process. Returns what lets another worker in. */
export async function refuseSecond(): Promise<() => void> {
  const { DBOS } = await loadDbos();
  if (isTaken || DBOS.isInitialized()) {
    throw new PerigeeError(
      'invalid-options',
      isTaken
        ? 'This process has a worker already.'
        : 'This process uses DBOS for something else: a worker cannot share it.',
      { remedy: 'Start another process for it; for more runs at a time, raise concurrency.perWorker.' },
    );
  }
  isTaken = true;
  return () => {
    isTaken = false;
  };
}

/** The part of the engine that works in this process. */
export class Executor {
  readonly going = new Map<string, GoingRun>();
  /** What the engine has begun here, by its id for it. */
  readonly begun = new Map<string, number>();
  readonly #parts: Parts;
  readonly #closing = new AbortController();
  readonly #lost = new AbortController();
  readonly #stages = new Map<string, { readonly ref: RunRef; done(): void }>();
  readonly #work = new Set<Promise<unknown>>();
  #pool: Pool | undefined;
  #dbos: Dbos | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    // As many as there are runs.
    setMaxListeners(0, this.#closing.signal);
    const { lost } = parts.sessions.process;
    if (lost.aborted) this.lose();
    lost.addEventListener('abort', () => this.lose());
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Runs that stand in the line of their model, with their user's place. */
  get stages(): readonly RunRef[] {
    return [...this.#stages.values()].map(({ ref }) => ref);
  }

  stageOver(key: string): void {
    this.#stages.get(key)?.done();
    this.#stages.delete(key);
  }

  async launch(): Promise<void> {
    const { databaseUrl, sessions, engine } = this.#parts;
    const { Pool } = await loadPg();
    this.#pool = new Pool({
      ...connectionConfig(databaseUrl),
      max: 6,
      // Not when it connects: a pooler refuses settings there that it does not know.
      verify: (client, done) => {
        client.query(`SET idle_in_transaction_session_timeout = ${IDLE_MS}`).then(() => done(), done);
      },
    });
    ignoreDeaths(this.#pool);
    this.#dbos = engine.dbos;
    const { DBOS } = engine.dbos;
    register(engine.dbos);
    current = this;
    DBOS.setConfig({
      name: APPLICATION,
      systemDatabaseUrl: databaseUrl,
      systemDatabasePool: this.#pool,
      systemDatabaseSchemaName: engine.schema,
      executorID: sessions.process.name,
      applicationVersion: RUNS_VERSION,
      logger: SILENT,
      tracingEnabled: false,
    });
    await DBOS.launch();
  }

  /** What the engine calls for each run. */
  async run(workflow: string, ref: RunRef, isOfModel: boolean): Promise<string> {
    if (this.closing.aborted) return never;
    this.begun.set(workflow, (this.begun.get(workflow) ?? 0) + 1);
    const work =
      isOfModel || this.#parts.concurrency.perModel === undefined ? this.#execute(ref) : this.#pass(ref);
    this.#work.add(work);
    try {
      const end = await work;
      // The engine is closing here: it hears of it from whoever comes after.
      if (this.closing.aborted) return never;
      if (end === 'left') throw this.#letGo(workflow);
      return end;
    } catch {
      if (this.closing.aborted) return never;
      // Its own row says what is to come of a run: ended here alone it would be nobody's.
      throw this.#letGo(workflow);
    } finally {
      this.#work.delete(work);
      const left = (this.begun.get(workflow) ?? 1) - 1;
      if (left === 0) this.begun.delete(workflow);
      else this.begun.set(workflow, left);
    }
  }

  /**
   * The run is somebody else's now, or the database was not to be had: with this error the engine lets go of it here, and
   * its end is written by whoever gets it from the queue next.
   */
  #letGo(workflow: string): Error {
    return new this.#parts.engine.dbos.DBOSWorkflowConflictError(workflow);
  }

  #execute(ref: RunRef): Promise<'over' | 'left'> {
    const { sessions, desk, agent, onRun } = this.#parts;
    const place: Workplace = {
      worker: sessions.process.name,
      sessions,
      desk,
      going: this.going,
      closing: this.closing,
      tell: (note) => told(onRun, note),
      makeAgent: ({ key: _key, prompt: _prompt, next: _next, ...task }: KeptTask, context) =>
        agent({ ...task, session: ref.name }, context),
    };
    return executeRun(ref, place);
  }

  /** Puts a run into the line of its model, and keeps its user's place until it is over. */
  async #pass(ref: RunRef): Promise<string> {
    const { engine, desk, concurrency, sessions } = this.#parts;
    const row = await desk.rows.read(sessions.database, ref.name);
    if (!row || row.number !== ref.number) return 'over';
    const { DBOS } = engine.dbos;
    await DBOS.enqueueWorkflowWithOptions(
      {
        queueName: MODELS_QUEUE,
        workflowName: MODEL_WORKFLOW,
        workflowID: `${workflowOf(ref)}/model`,
        queuePartitionKey: modelKey(row.task),
        appVersion: RUNS_VERSION,
      },
      ref,
    );
    if (concurrency.perUser === undefined) return 'passed on';
    await new Promise<void>((done) => {
      if (this.closing.aborted) done();
      else this.#stages.set(`${ref.session}.${ref.number}`, { ref, done });
    });
    return this.closing.aborted ? 'left' : 'over';
  }

  /** Nothing is begun any more, and what goes on leaves off at the next safe point. */
  async leaveOff(): Promise<void> {
    this.#close();
    for (const run of this.going.values()) run.leave();
    // Stops the engine; what it had begun goes on until it leaves off.
    await this.#dbos?.DBOS.shutdown();
    await Promise.allSettled(this.#work);
    await this.#disconnect();
  }

  /** Others have this worker's runs. */
  lose(): void {
    this.#close();
    for (const run of this.going.values()) run.lose();
    this.#lost.abort();
  }

  /** Ends without waiting for anything. */
  async end(): Promise<void> {
    await this.#dbos?.DBOS.shutdown();
    await this.#disconnect();
  }

  /** Nothing is begun here any more. */
  #close(): void {
    this.#closing.abort();
    for (const { done } of this.#stages.values()) done();
  }

  async #disconnect(): Promise<void> {
    if (current === this) current = undefined;
    await this.#pool?.end();
  }
}

/** A log that cannot be written ends no run. */
function told(onRun: ((note: WorkerNote) => void) | undefined, note: WorkerNote): void {
  try {
    onRun?.(note);
  } catch {}
}

/** Once for a process: what the engine calls by name, in whatever worker is there. */
function register({ DBOS }: Dbos): void {
  if (isRegistered) return;
  isRegistered = true;
  const forWorker = (isOfModel: boolean) => (ref: RunRef) =>
    current?.run(DBOS.workflowID ?? '', ref, isOfModel) ?? never;
  // A run that kills its workers is ended by us, with an error that says so.
  const maxRecoveryAttempts = 1_000_000_000;
  DBOS.registerWorkflow(forWorker(false), { name: RUN_WORKFLOW, maxRecoveryAttempts });
  DBOS.registerWorkflow(forWorker(true), { name: MODEL_WORKFLOW, maxRecoveryAttempts });
}
