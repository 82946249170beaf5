import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresSessions } from '../postgres/postgres-sessions.ts';
import type { Engine } from './engine.ts';
import type { Executor } from './executor.ts';
import type { RunDesk } from './run-desk.ts';
import { TakeOver } from './take-over.ts';

/** Milliseconds between two rounds. */
const ROUND_MS = 1_000;
/** Milliseconds between two looks whether runs that stand in the line of their model are over. */
const STAGE_MS = 250;
/** Milliseconds between two looks for what the engine needs no more, and for which it keeps what is finished. */
const SWEEP_MS = 60_000;
const KEPT_MS = 3_600_000;
/** Milliseconds for which an end waits for the database: what the engine asks while it is away it asks for ever. */
const END_MS = 3_000;
/** Of the engine's rows at once. */
const MOST_SWEPT = 1_000;

/** What a worker looks after besides its runs, again and again. What fails is tried in the next round. */
export class Duty {
  readonly #executor: Executor;
  readonly #sessions: PostgresSessions;
  readonly #desk: RunDesk;
  readonly #engine: Engine;
  readonly #takeOver: TakeOver;
  readonly #end = new AbortController();
  readonly #rounds: Promise<void>[] = [];
  /** What the engine takes to be here and was not, in the round before. */
  #astray = new Set<string>();

  constructor(executor: Executor, sessions: PostgresSessions, desk: RunDesk, engine: Engine) {
    this.#executor = executor;
    this.#sessions = sessions;
    this.#desk = desk;
    this.#engine = engine;
    this.#takeOver = new TakeOver(sessions.database, engine, sessions.process);
  }

  begin(): void {
    this.#rounds.push(
      this.#again(ROUND_MS, () => this.#takeOver.ofTheDead()),
      this.#again(ROUND_MS, () => this.#ownStrays()),
      this.#again(ROUND_MS, () => this.#wishes()),
      this.#again(ROUND_MS, () => this.#answers()),
      this.#again(STAGE_MS, () => this.#stages()),
      this.#again(SWEEP_MS, () => sweep(this.#engine)),
    );
  }

  /** Ends the rounds. */
  async end(): Promise<void> {
    this.#end.abort();
    await within(END_MS, Promise.all(this.#rounds));
  }

  /** Gives what this worker has not brought to its end to the others. They would find it by themselves, only later. */
  async handOver(): Promise<void> {
    const given = this.#takeOver.ofOwn(() => true).catch(() => {});
    await within(END_MS, given);
  }

  async #again(everyMs: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      await work().catch(() => {});
      await delay(everyMs, undefined, { signal }).catch(() => {});
    }
  }

  /** The engine counts on a run that is not here: the answer to its claim was lost with a connection, or it was let go. */
  async #ownStrays(): Promise<void> {
    const { begun } = this.#executor;
    const own = await this.#takeOver.own();
    const astray = new Set(own.filter((id) => !begun.has(id)));
    const before = this.#astray;
    this.#astray = astray;
    const isLeft = (id: string) => before.has(id) && astray.has(id) && !begun.has(id);
    if ([...astray].some(isLeft)) await this.#takeOver.ofOwn(isLeft);
  }

  async #wishes(): Promise<void> {
    const { going } = this.#executor;
    if (going.size === 0) return;
    const { database, process } = this.#sessions;
    for (const { session, wish } of await this.#desk.rows.wishes(database, process.name)) {
      going.get(session)?.wish(wish);
    }
  }

  async #answers(): Promise<void> {
    for (const name of await this.#desk.rows.answered(this.#sessions.database)) await this.#desk.wake(name);
  }

  async #stages(): Promise<void> {
    const { stages } = this.#executor;
    if (stages.length === 0) return;
    for (const key of await this.#desk.rows.over(this.#sessions.database, stages)) {
      this.#executor.stageOver(key);
    }
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, delay(ms, undefined, { signal: over.signal })]).finally(() => over.abort());
}

/** What came of runs stands in our rows: those that the engine has finished are of no use after a while, and would grow for ever. */
export async function sweep({ client }: Engine, keptMs: number = KEPT_MS): Promise<void> {
  for (let swept = MOST_SWEPT; swept === MOST_SWEPT; ) {
    const finished = await client.listWorkflows({
      status: ['SUCCESS', 'ERROR', 'CANCELLED'],
      completedBefore: new Date(Date.now() - keptMs).toISOString(),
      limit: MOST_SWEPT,
      loadInput: false,
      loadOutput: false,
    });
    swept = finished.length;
    if (swept > 0) await client.deleteWorkflows(finished.map(({ workflowID }) => workflowID));
  }
}
