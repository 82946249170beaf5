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

/** What a worker looks after besides its runs, again and again. What fails is tried in the next round. */
export class Duty {
  readonly #executor: Executor;
  readonly #sessions: PostgresSessions;
  readonly #desk: RunDesk;
  readonly #takeOver: TakeOver;
  readonly #end = new AbortController();
  readonly #rounds: Promise<void>[] = [];
  /** What the engine takes to be here and was not, in the round before. */
  #astray = new Set<string>();

  constructor(executor: Executor, sessions: PostgresSessions, desk: RunDesk, engine: Engine) {
    this.#executor = executor;
    this.#sessions = sessions;
    this.#desk = desk;
    this.#takeOver = new TakeOver(sessions.database, engine, sessions.process);
  }

  begin(): void {
    this.#rounds.push(
      this.#again(ROUND_MS, () => this.#takeOver.ofTheDead()),
      this.#again(ROUND_MS, () => this.#ownStrays()),
      this.#again(ROUND_MS, () => this.#wishes()),
      this.#again(ROUND_MS, () => this.#answers()),
      this.#again(STAGE_MS, () => this.#stages()),
    );
  }

  /** Ends the rounds. */
  async end(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#rounds);
  }

  /** Gives what this worker has not brought to its end to the others. They would find it by themselves, only later. */
  async handOver(): Promise<void> {
    await this.#takeOver.ofOwn(() => true).catch(() => {});
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
