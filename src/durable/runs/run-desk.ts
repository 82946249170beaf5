import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import { type ApprovalAnswer, answerOf } from '../../agent/index.ts';
import { isJsonObject, type Message, PerigeeError, type QueuedMessage } from '../../core/index.ts';
import { caseError } from '../copy-entries.ts';
import { jsonText } from '../json-text.ts';
import { depositValue } from '../postgres/deposits.ts';
import { ASK_PATIENCE_MS, patiently, RUN_PATIENCE_MS } from '../postgres/patience.ts';
import type { PostgresSessions } from '../postgres/postgres-sessions.ts';
import { type Engine, workflowOf } from './engine.ts';
import type { Ending } from './going-run.ts';
import { noSession, nothingToGoOnWith } from './run-errors.ts';
import { failureOutcome, neverRan } from './run-outcome.ts';
import { type RunRef, type RunRow, RunRows, type SessionRow } from './run-rows.ts';
import { isDue, type RunOutcome } from './run-status.ts';
import { checkTask, type KeptTask, type RunTask } from './run-task.ts';
import { say } from './say.ts';
import { areDueNow, hasUnread } from './unread.ts';

/** An end that is not left to somebody else. */
type SettledEnding = Exclude<Ending, { readonly left: true }>;

/**
 * What is decided about runs, each in one transaction that holds the run's row: so a prompt, an answer and the end of a run
 * come one after the other, wherever they come from.
 */
export class RunDesk {
  readonly rows: RunRows;
  readonly #sessions: PostgresSessions;
  readonly #engine: Engine;

  constructor(sessions: PostgresSessions, engine: Engine) {
    this.#sessions = sessions;
    this.#engine = engine;
    this.rows = new RunRows(sessions.database.schema);
  }

  /** Queues a run, or says its prompt to the one that is not over. Returns the name of the session. */
  async start(task: RunTask): Promise<string> {
    const { name, prompt } = checkTask(task);
    const { model, user, settings } = task;
    const key = randomUUID();
    const kept: KeptTask = {
      key,
      ...(model !== undefined && { model }),
      ...(user !== undefined && { user }),
      ...(settings !== undefined && { settings }),
    };
    if (prompt.length > 0) await this.#makeSession(name);
    return this.#held(name, async (client, session, run) => {
      if (run?.task.key === key || run?.task.next?.key === key) return session.name;
      if (run?.wish !== undefined) {
        await this.#startBehind(client, session, run, { ...kept, prompt });
      } else if (isDue(run?.state)) {
        await say(client, this.#sessions.database, session, prompt, 'now', key);
      } else if (!(await this.#startNow(client, session, run, { ...kept, prompt }))) {
        throw nothingToGoOnWith(session.name);
      }
      return session.name;
    });
  }

  /** Puts a session into the queue whose run is over. Returns whether there is anything to be done in it. */
  async #startNow(
    client: ClientBase,
    session: SessionRow,
    run: RunRow | undefined,
    { prompt = [], ...kept }: KeptTask,
  ): Promise<boolean> {
    // Of a session that has begun the prompt is told from the line: once, however often a worker dies.
    const isFirst = session.records === 0;
    const first = isFirst ? [...untold(run), ...prompt] : [];
    if (isFirst && first.length === 0) return false;
    if (!isFirst)
      await say(client, this.#sessions.database, session, prompt, 'now', kept.key ?? randomUUID());
    const { prompt: _, next: __, ...earlier } = run?.task ?? {};
    await this.#queue(client, session, run, { ...earlier, ...kept, ...(isFirst && { prompt: first }) });
    return true;
  }

  /** What is started while a run is being paused or cancelled begins once that is done: told to that run it would be lost with it. */
  async #startBehind(client: ClientBase, session: SessionRow, run: RunRow, asked: KeptTask): Promise<void> {
    const { next } = run.task;
    const prompt = [...(next?.prompt ?? []), ...(asked.prompt ?? [])];
    if (run.wish === 'cancel' && session.records === 0 && prompt.length === 0) {
      throw nothingToGoOnWith(session.name);
    }
    await this.rows.setTask(client, session.id, { ...run.task, next: { ...next, ...asked, prompt } });
  }

  /** A run is over, and what was started meanwhile begins. */
  async #over(client: ClientBase, run: RunRow, outcome: RunOutcome): Promise<void> {
    const { session: id, name, task } = run;
    await this.rows.setState(client, id, outcome.state, { outcome });
    if (!task.next) return;
    const session = await this.rows.session(client, name);
    if (session?.id === id)
      await this.#startNow(client, session, { ...run, state: outcome.state }, task.next);
  }

  async steer(name: string, message: string | Message, when: QueuedMessage['when'] = 'now'): Promise<void> {
    const said: Message = typeof message === 'string' ? { role: 'user', content: message } : message;
    if (!isJsonObject(said) || typeof said.role !== 'string') {
      throw new PerigeeError('invalid-options', 'A run is steered by a text or a message.');
    }
    if (when !== 'now' && when !== 'after') {
      throw new PerigeeError('invalid-options', `A run can be told something now or after, not ${when}.`);
    }
    const key = randomUUID();
    await this.#held(name, async (client, session, run) => {
      if (!isDue(run?.state)) {
        throw new PerigeeError(
          'invalid-options',
          `The run ${session.name} is over: it can no longer be steered.`,
          {
            remedy: 'Start another one on its session.',
          },
        );
      }
      await say(client, this.#sessions.database, session, [said], when, key);
    });
  }

  /** Answers a call by its id. Returns whether it did wait and this answer was the first. */
  async approve(name: string, callId: string, answer: boolean | ApprovalAnswer): Promise<boolean> {
    const value = answerOf(answer);
    const reached = await this.#sessions.reach(name);
    const { waiting } = await reached.summary();
    const key = randomUUID();
    const call = waiting.find(({ id }) => id === callId);
    if (!call) return false;
    const text = jsonText(value, `What is delivered as "${call.approval}"`);
    const given = { key, name: call.approval, text };
    return this.#held(name, async (client, session, run) => {
      const first = await depositValue(client, this.#sessions.database, session, given);
      if (run?.state === 'waiting') await this.#queue(client, session, run, run.task);
      return first;
    });
  }

  /** Goes on with a run that waited, when an answer has come by some other way. */
  async wake(name: string): Promise<void> {
    await this.#held(name, async (client, session, run) => {
      if (run?.state !== 'waiting') return;
      const answered = await this.rows.delivered(client, session.id, run.waitsFor);
      if (answered.length > 0) await this.#queue(client, session, run, run.task);
    });
  }

  /** Asks for an end. Returns whether there was something to end. */
  async stop(name: string, wish: 'pause' | 'cancel'): Promise<boolean> {
    const stopped = await this.#held(name, async (client, session, run) => {
      if (!run || !isDue(run.state)) return undefined;
      if (run.state === 'running') {
        await this.rows.setWish(client, session.id, wish);
        await this.#takeBack(client, session, run);
      } else await this.rows.setState(client, session.id, neverRan(wish).state, { outcome: neverRan(wish) });
      return run;
    });
    if (!stopped) return false;
    if (stopped.state === 'running') {
      // The worker looks by itself soon; this is only faster.
      const reached = await this.#sessions.reach(name).catch(() => undefined);
      await reached?.command(wish).catch(() => {});
    } else {
      const { client } = this.#engine;
      await client.cancelWorkflow(workflowOf(stopped), { cancelChildren: true }).catch(() => {});
    }
    return true;
  }

  /** What was started behind a run that is to end now does not begin; what it was to be told stays in line. */
  async #takeBack(client: ClientBase, session: SessionRow, { task }: RunRow): Promise<void> {
    const { next, ...rest } = task;
    if (!next) return;
    const { key = randomUUID(), prompt = [] } = next;
    await say(client, this.#sessions.database, session, prompt, 'now', key);
    await this.rows.setTask(client, session.id, rest);
  }

  /**
   * A worker says how a run came to an end. `on`: something was said or answered meanwhile, and the run goes on. `lost`: it
   * is another worker's, so that its end is as well. `epoch`: of the session that the end was seen in.
   */
  async settle(ref: RunRef, epoch: number, ending: SettledEnding): Promise<'over' | 'on' | 'lost'> {
    const { database } = this.#sessions;
    return database.transaction(async (client) => {
      const run = await this.rows.lock(client, { id: ref.session, name: ref.name, records: 0 });
      if ((await this.rows.epoch(client, ref)) !== epoch) return 'lost';
      // Said before, by a transaction whose answer was lost.
      if (run?.state !== 'running' || run.number !== ref.number) return 'over';
      if ('waiting' in ending) {
        const names = ending.waiting;
        if (run.wish) {
          await this.#over(client, run, neverRan(run.wish));
          return 'over';
        }
        if ((await this.rows.delivered(client, ref.session, names)).length > 0) return 'on';
        await this.rows.setState(client, ref.session, 'waiting', { waitsFor: names });
        return 'over';
      }
      const { outcome, seen } = ending;
      const mayGoOn = outcome.state === 'ended' && run.wish === undefined;
      const unread = { schema: database.schema, session: ref.session, seen };
      if (mayGoOn && (await hasUnread(client, unread))) {
        await areDueNow(client, unread);
        return 'on';
      }
      await this.#over(client, run, outcome);
      return 'over';
    });
  }

  /** Ends a run that `worker` has and that cannot be worked on, as failed. Returns whether it was still this worker's. */
  fail(ref: RunRef, worker: string, error: unknown): Promise<boolean> {
    const { database } = this.#sessions;
    return patiently(RUN_PATIENCE_MS, () =>
      database.transaction(async (client) => {
        const run = await this.rows.lock(client, { id: ref.session, name: ref.name, records: 0 });
        if (run?.state !== 'running' || run.number !== ref.number || run.worker !== worker) return false;
        await this.#over(client, run, failureOutcome(error));
        return true;
      }),
    );
  }

  /** Approvals of calls that were asked for, which were delivered and not read yet. */
  answered({ session }: RunRow): Promise<string[]> {
    return patiently(RUN_PATIENCE_MS, () => this.rows.unreadAnswers(this.#sessions.database, session));
  }

  /** Whether the last event that was told is the end of a run. */
  isEndTold({ session }: RunRow): Promise<boolean> {
    return patiently(RUN_PATIENCE_MS, () => this.rows.isEndTold(this.#sessions.database, session));
  }

  async #queue(
    client: ClientBase,
    session: SessionRow,
    run: RunRow | undefined,
    task: KeptTask,
  ): Promise<void> {
    const number = (run?.number ?? 0) + 1;
    await this.rows.queue(client, session, number, task);
    await this.#engine.enqueue(client, { name: session.name, session: session.id, number }, task);
  }

  async #makeSession(name: string): Promise<void> {
    try {
      await this.#sessions.create(name, []);
    } catch (error) {
      // There is one already: it is gone on with.
      const isThere = error instanceof PerigeeError && error.code === 'invalid-options';
      if (!isThere) throw error;
    }
  }

  #held<T>(
    name: string,
    work: (client: ClientBase, session: SessionRow, run: RunRow | undefined) => Promise<T>,
  ): Promise<T> {
    const { database } = this.#sessions;
    return patiently(ASK_PATIENCE_MS, () =>
      database.transaction(async (client) => {
        const session = await this.rows.session(client, name);
        if (!session) throw noSession(name);
        if (session.name !== name) throw caseError(name, session.name);
        await this.rows.prepare(client, session);
        return work(client, session, await this.rows.lock(client, session));
      }),
    );
  }
}

/** The prompt of a run that was over before its session began. */
function untold(run: RunRow | undefined): readonly Message[] {
  return run?.state === 'cancelled' ? [] : (run?.task.prompt ?? []);
}
