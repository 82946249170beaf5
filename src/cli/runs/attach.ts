import { setTimeout as delay } from 'node:timers/promises';
import type { RunStatus, RunsClient } from '../../durable/index.ts';
import { reportError } from '../failure.ts';
import { outputTaken } from '../output.ts';
import { approveBy, askOnTerminal } from '../run/approve-in-terminal.ts';
import { canAsk, type Display } from '../run/display.ts';
import { exitCodeOf, exitCodeOfSession, howToApprove } from '../run/ending.ts';
import { onInterrupt } from '../run/interrupt.ts';
import { displayFor } from '../run/run-agent.ts';
import { type PlaceOptions, placeOption } from '../sessions/place.ts';
import { DatabaseWatch, isAway } from './database-watch.ts';
import { Questions } from './questions.ts';
import { readEvent, type Seen } from './read-event.ts';
import { introduction, isOpen, NO_WORKER } from './standing.ts';
import { statusOf } from './with-runs.ts';

/** What `perigee attach` can be told. */
export interface AttachOptions extends PlaceOptions {
  /** The number of the first event that is shown, counted from 1. */
  readonly from?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Milliseconds after which what is away, or waits for a person, is looked at again. */
const AGAIN_MS = 1_000;
/** Milliseconds for which a database may be away. */
const PATIENCE_MS = 10 * 60_000;

/** Shows a run on whatever machine it is, to its end. Returns the exit code of the run; 130 when it is left alone. */
export async function attach(id: string, client: RunsClient, options: AttachOptions): Promise<number> {
  const control = new AbortController();
  const release = onInterrupt(() => control.abort(new Error('interrupted')));
  try {
    const status = await statusOf(id, client);
    const display = displayFor({ ...options, isDetached: status !== undefined });
    const onlooker = new Onlooker(id, client, display, options, control.signal, status?.state);
    if (status) await onlooker.introduce(status);
    const exitCode = await onlooker.watch(options.from ?? 1);
    if (!control.signal.aborted) return exitCode;
    const again = `perigee attach ${id}${placeOption(options)}`;
    display.note(`The run goes on without you.  ${again} --from ${onlooker.next}  shows the rest of it.`);
    return 130;
  } finally {
    release();
  }
}

class Onlooker {
  readonly #id: string;
  readonly #client: RunsClient;
  readonly #display: Display;
  readonly #signal: AbortSignal;
  /** Where it stood when somebody began to look on. */
  readonly #introduced: RunStatus['state'] | undefined;
  readonly #questions: Questions | undefined;
  readonly #options: AttachOptions;
  readonly #database: DatabaseWatch;
  /** Nobody has it, and there is nobody to take it. */
  #isAlone = false;
  /** The number of the event that comes next. */
  next = 1;
  #exitCode = 0;
  /** The last event that was shown told how a run ended. */
  #isEndSeen = false;

  constructor(
    id: string,
    client: RunsClient,
    display: Display,
    options: AttachOptions,
    signal: AbortSignal,
    introduced: RunStatus['state'] | undefined,
  ) {
    this.#id = id;
    this.#client = client;
    this.#display = display;
    this.#signal = signal;
    this.#introduced = introduced;
    this.#options = options;
    this.#database = new DatabaseWatch(
      async () => {
        await client.sessions.database.query('SELECT 1');
        await this.#lookForWorkers();
      },
      (text) => display.note(text),
    );
    const asks = canAsk() && !options.json && !options.quiet;
    this.#questions = asks
      ? new Questions(approveBy(askOnTerminal, display), (call, answer) =>
          client.approve(id, call.id, answer),
        )
      : undefined;
    signal.addEventListener('abort', () => this.#questions?.close());
  }

  async introduce(status: RunStatus): Promise<void> {
    const workers = await this.#client.workers();
    this.#display.note(introduction(status, workers));
    this.#isAlone = workers === 0 && isOpen(status);
  }

  /** Says when a run has no worker and there is none to take it, and when one has come. */
  async #lookForWorkers(): Promise<void> {
    const isThere = (await this.#client.workers()) > 0;
    if (isThere !== this.#isAlone) return;
    // Without any: as long as somebody has it, or nobody is to have it, that is no news.
    if (!isThere && !isOpen(await statusOf(this.#id, this.#client))) return;
    this.#isAlone = !isThere;
    if (this.#signal.aborted || this.#isEndSeen) return;
    this.#display.note(isThere ? 'There is a worker again.' : NO_WORKER);
  }

  async watch(from: number): Promise<number> {
    this.next = from;
    this.#database.begin();
    try {
      await this.#toTheEnd();
    } finally {
      this.#database.end();
    }
    await this.#questions?.settled();
    return this.#isEndSeen || this.#signal.aborted ? this.#exitCode : this.#endOnRecord();
  }

  /** No event tells the end of one that was ended while nobody was at work on it, nor where `from` lies behind it. */
  async #endOnRecord(): Promise<number> {
    const status = await statusOf(this.#id, this.#client);
    if (!status?.outcome) {
      return exitCodeOfSession(await (await this.#client.sessions.reach(this.#id)).summary());
    }
    const { state, outcome } = status;
    if (this.#introduced !== state) this.#display.note(introduction(status, 1));
    if (state !== 'failed') return exitCodeOf(outcome);
    this.#display.note(outcome.explanation);
    return 1;
  }

  async #toTheEnd(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        await this.#follow();
      } catch (error) {
        if (this.#signal.aborted) return;
        if (!isAway(error) || this.#database.awayMs > PATIENCE_MS) throw error;
        this.#database.away(error);
        await this.#pause();
        continue;
      }
      if (!this.#questions?.isOpen) return;
      await Promise.race([this.#questions.settled(), this.#pause()]);
    }
  }

  async #follow(): Promise<void> {
    // What was asked before the first event that is shown waits too.
    if (this.next > 1 && !this.#questions?.isOpen) await this.#look();
    const events = this.#client.attach(this.#id, { from: this.next, signal: this.#signal });
    for await (const { number, event } of events) {
      this.next = number + 1;
      const seen = readEvent(event);
      if (seen) await this.#show(seen);
      await outputTaken(this.#signal);
    }
    if (!this.#signal.aborted) await this.#look();
  }

  async #show(seen: Seen): Promise<void> {
    if (seen.kind === 'failure') {
      this.#exitCode = 1;
      this.#isEndSeen = true;
      this.#display.failed(seen.error);
      reportError(seen.error);
      return;
    }
    const { event } = seen;
    if (event.type !== 'end') {
      this.#isEndSeen = false;
      this.#display.event(event);
      if (event.type === 'approval-request' || event.type === 'approval') await this.#look(event.id);
      // It goes on: whatever is asked here may have been answered elsewhere.
      else if (event.type === 'resumed' && this.#questions?.isOpen) await this.#look();
      return;
    }
    // The run has only left until there is an answer, and that is asked for here.
    if (event.result.finishReason === 'waiting' && this.#questions?.isOpen) return;
    this.#exitCode = exitCodeOf(event.result);
    this.#isEndSeen = true;
    this.#display.event(event);
    // The id stands in the commands that are named: as it was given here, not as somebody wrote it there.
    const isKept = event.result.session !== undefined;
    this.#display.end(isKept ? { ...event.result, session: this.#id } : event.result);
  }

  /** Asks about the calls that wait now, with `id` about those of that id: what is shown may be long past. */
  async #look(id?: string): Promise<void> {
    const { waiting } = await (await this.#client.sessions.reach(this.#id)).summary();
    this.#questions?.keepOnly(waiting);
    for (const call of waiting) {
      if (id !== undefined && call.id !== id) continue;
      if (this.#questions) this.#questions.ask(call);
      else if (id !== undefined) this.#display.note(howToApprove(call, this.#id, this.#options));
    }
  }

  #pause(): Promise<void> {
    return delay(AGAIN_MS, undefined, { signal: this.#signal }).catch(() => {});
  }
}
