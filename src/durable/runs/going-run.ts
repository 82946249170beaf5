import { type AgentOptions, agent, type End, failureEvent, type Run } from '../../agent/index.ts';
import { PerigeeError } from '../../core/index.ts';
import type { PostgresSession } from '../postgres/postgres-session.ts';
import { failureOutcome, isPassingFailure, neverRan, outcomeOf } from './run-outcome.ts';
import { type RunSession, runSession } from './run-session.ts';
import type { RunOutcome } from './run-status.ts';
import type { KeptTask } from './run-task.ts';

/** What an agent may want to know about the run it is made for. */
export interface RunContext {
  /** The name of the session, which is the id of the run. */
  readonly session: string;
  /** Fires when the run is cancelled, or lost to another worker. */
  readonly signal: AbortSignal;
}

/** What an agent is made of, and what is to be closed behind its run, such as connections of its tools. */
export type WorkerAgent = AgentOptions & { close?(): void | Promise<void> };

/** How work on a run came to an end here. */
export type Ending =
  /** Somebody else is to go on with it. */
  | { readonly left: true }
  /** A call waits for a person; `names`: under which the answers are delivered. */
  | { readonly waiting: readonly string[]; readonly seen: number }
  | { readonly outcome: RunOutcome; readonly seen: number };

/** What was there before this worker came. */
export interface Before {
  /** Approvals that were delivered and not read. */
  readonly answered: readonly string[];
  /** The end of the run was told already, by a worker that died right after. */
  readonly isTold: boolean;
}

/** How many workers in a row may die of a run. */
const DEATHS = 10;

/** A run that this process is at work on. */
export class GoingRun {
  readonly #abort = new AbortController();
  #wish: 'pause' | 'cancel' | undefined;
  #isLeaving = false;
  #run: Run | undefined;

  /** Somebody asks for an end. */
  wish(wish: 'pause' | 'cancel'): void {
    if (this.#wish === 'cancel') return;
    this.#wish = wish;
    if (wish === 'cancel') this.#abort.abort();
    else this.#run?.pause();
  }

  /** Goes on elsewhere from the next safe point. */
  leave(): void {
    this.#isLeaving = true;
    this.#run?.pause();
  }

  /** Ends at once: it is another worker's already. */
  lose(): void {
    this.#isLeaving = true;
    this.#abort.abort();
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Works on the run until it ends or leaves off. What it throws is for another worker to try. */
  async work(
    session: PostgresSession,
    task: KeptTask,
    before: Before,
    makeAgent: (context: RunContext) => WorkerAgent | Promise<WorkerAgent>,
  ): Promise<Ending> {
    const lost = () => this.lose();
    if (session.lost.aborted) lost();
    session.lost.addEventListener('abort', lost);
    const off = session.onCommand((command) => this.wish(command));
    let made: WorkerAgent | undefined;
    try {
      if (session.abandoned >= DEATHS) return this.#failed(session, abandonedError(session), 0);
      try {
        made = await makeAgent({ session: session.name, signal: this.#abort.signal });
        return await this.#runOn(session, task, before, made);
      } catch (error) {
        if (this.#isLeaving) return { left: true };
        if (isPassingFailure(error)) throw error;
        if (this.#wish === 'cancel') return { outcome: neverRan('cancel'), seen: 0 };
        return this.#failed(session, error, 0);
      }
    } finally {
      off();
      session.lost.removeEventListener('abort', lost);
      // How the run ended is known: that something of its agent cannot be closed changes nothing.
      await closed(made);
    }
  }

  async #runOn(
    session: PostgresSession,
    { prompt }: KeptTask,
    { answered, isTold }: Before,
    made: WorkerAgent,
  ): Promise<Ending> {
    const own = await runSession(session, answered);
    const options = { session: own, whenWaiting: 'leave', signal: this.#abort.signal } as const;
    const runner = agent(made);
    const isFirst = prompt !== undefined && (await isEmpty(own));
    const run = isFirst ? runner.run(prompt, options) : runner.resume(options);
    this.#run = run;
    if (this.#isLeaving || this.#wish === 'pause') run.pause();
    let end: End | undefined;
    let isNew = !isTold;
    try {
      for await (const event of run) {
        if (event.type === 'end') end = event;
        else {
          isNew = true;
          session.emit(event);
        }
      }
    } catch (error) {
      if (this.#isLeaving) return { left: true };
      if (isPassingFailure(error)) throw error;
      return this.#failed(session, error, own.seen);
    } finally {
      this.#run = undefined;
    }
    return this.#ended(session, end!, own, isNew);
  }

  #ended(session: PostgresSession, end: End, { seen, waitsFor }: RunSession, isNew: boolean): Ending {
    const { result } = end;
    const { finishReason } = result;
    const isOff = finishReason === 'paused' || finishReason === 'aborted' || finishReason === 'waiting';
    if (isOff && this.#isLeaving) return { left: true };
    if (finishReason === 'waiting') return { waiting: waitsFor, seen };
    if (isNew) session.emit(end);
    const state = finishReason === 'paused' ? 'paused' : finishReason === 'aborted' ? 'cancelled' : 'ended';
    return { outcome: outcomeOf(state, result), seen };
  }

  #failed(session: PostgresSession, error: unknown, seen: number): Ending {
    session.emit(failureEvent(error));
    return { outcome: failureOutcome(error), seen };
  }
}

async function closed(made: WorkerAgent | undefined): Promise<void> {
  try {
    await made?.close?.();
  } catch {}
}

/** A session without records has had no run. */
async function isEmpty(session: RunSession): Promise<boolean> {
  for await (const _ of session.records()) return false;
  return true;
}

function abandonedError({ abandoned }: PostgresSession): PerigeeError {
  return new PerigeeError(
    'run-abandoned',
    `${abandoned} workers in a row died of this run without recording anything: it is not tried again.`,
    { remedy: 'Look at what its tools do to a process and at its memory; then start it again.' },
  );
}
