import type { Intent, Outcome } from '../../core/index.ts';
import type { PendingCall } from '../loop/transcript.ts';
import type { CallResult } from '../result.ts';
import type { Stepped } from '../session/journal.ts';
import { beginPart, callPart } from '../session/record-name.ts';
import { mayRunAgain } from '../tool.ts';
import type { ReadyCall } from './approval.ts';
import { boundsOf, execute, idempotencyKey } from './execute.ts';
import { refusal } from './refusal.ts';
import { errorText } from './result-text.ts';
import type { Served, ServeSetting } from './serve-setting.ts';

/** What a call gets that has not begun, or may as well begin again, because the run leaves off: it is not recorded. */
class NotRecorded extends Error {
  readonly result: CallResult;

  constructor(call: PendingCall, came: Came) {
    super('The run leaves off.');
    this.result = outcome(call, came);
  }
}

/** Runs waves of calls and collects what comes of them. */
export class Serving {
  readonly #setting: ServeSetting;
  readonly #results: Map<number, CallResult>;
  /** Something of it was done now, not read from the record. */
  fresh = false;

  constructor(setting: ServeSetting, results: Map<number, CallResult>) {
    this.#setting = setting;
    this.#results = results;
  }

  async wave(wave: readonly Served[]): Promise<void> {
    const { state, step } = this.#setting;
    const careful = wave.filter(({ ready }) => ready && !isSafe(ready));
    // Without an intent nothing may begin, so a run that leaves off must not write one.
    const mayBegin = () => this.#leaves() === undefined;
    const intent =
      careful.length > 0
        ? await state.journal.intend(
            beginPart(step, careful[0]!.call.index),
            careful.map(({ call }) => call.index),
            mayBegin,
          )
        : undefined;
    // All of them, also when the record of one fails: what runs must not be left behind unseen.
    const ends = await Promise.allSettled(wave.map((entry) => this.#serve(entry, intent)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async #serve(entry: Served, intent: Intent | undefined): Promise<void> {
    const name = callPart(this.#setting.step, entry.call.index);
    try {
      const { value, fresh } = await this.#step(name, entry, intent);
      this.#take(value, fresh);
    } catch (error) {
      if (!(error instanceof NotRecorded)) throw error;
      this.#take(error.result, true);
    }
  }

  #take(result: CallResult, fresh: boolean): void {
    this.#results.set(result.index, result);
    if (!fresh) return;
    this.fresh = true;
    this.#setting.state.emit({ type: 'tool-result', step: this.#setting.step, ...result });
  }

  /** Why nothing may begin any more. */
  #leaves(): string | undefined {
    const { state } = this.#setting;
    if (state.cancellation.aborted) return refusal.abortedBefore();
    if (state.halted === 'waiting') return refusal.waits();
    return state.halted ? refusal.leftBefore() : undefined;
  }

  async #step(name: string, entry: Served, intent: Intent | undefined): Promise<Stepped<CallResult>> {
    const { journal, cancellation, begunBefore } = this.#setting.state;
    const { call, ready } = entry;
    // Tools and what they touch may have changed since; that a call had begun has not.
    const before = begunBefore.get(`${this.#setting.step}/${call.index}`);
    if (!ready && before) return journal.step(name, async () => unverified(call));
    if (!ready || isSafe(ready)) return journal.step(name, () => this.#work(entry));
    // What is on record needs no intent; without one nothing may begin.
    const begun = before ?? intent;
    if (!begun) return journal.step(name, async () => this.#notRecorded(call));
    const work = async (): Promise<Came> =>
      cancellation.aborted ? refused(refusal.abortedBefore()) : this.#execute(ready);
    return journal.stepUnder(name, begun, work, (done) => this.#outcome(call, done));
  }

  #outcome(call: PendingCall, done: Outcome<Came>): CallResult {
    if ('interrupted' in done) return unverified(call);
    return this.#noticed(call, done.value);
  }

  #notRecorded(call: PendingCall): never {
    throw new NotRecorded(call, refused(this.#leaves() ?? refusal.abortedBefore()));
  }

  /** The work of a call that may run again, or must not run at all. */
  async #work({ call, ready, refused: reason }: Served): Promise<CallResult> {
    const { cancellation } = this.#setting.state;
    if (!ready) {
      const came = refused(reason!);
      if (cancellation.aborted && reason === refusal.abortedBefore()) throw new NotRecorded(call, came);
      return this.#noticed(call, came);
    }
    const came = await this.#begin(ready, call);
    // It may run again, so a resumed run rather has its result than the news that it was given up.
    if (cancellation.aborted) throw new NotRecorded(call, came);
    return this.#noticed(call, came);
  }

  /** A call that may run again: it runs already, or begins unless the run leaves off. */
  async #begin(ready: ReadyCall, call: PendingCall): Promise<Came> {
    const running = this.#setting.begun.get(ready.index)?.running;
    if (running) return { ...(await running), executed: true };
    const leaves = this.#leaves();
    if (leaves !== undefined) throw new NotRecorded(call, refused(leaves));
    return this.#execute(ready);
  }

  async #execute(ready: ReadyCall): Promise<Came> {
    const { state, limits, step } = this.#setting;
    const { index, id, written, tool, input } = ready;
    const bounds = boundsOf(state, limits);
    // A call that would be given up at once must not take effect first.
    if (bounds.leftMs !== undefined && bounds.leftMs <= 0) return refused(refusal.noTimeFor(tool.name));
    state.emit({ type: 'tool-start', step, index, id, name: tool.name, arguments: written });
    const key = idempotencyKey(state.runId, step, index, tool.name, written);
    return { ...(await execute(tool, input, id, key, bounds)), executed: true };
  }

  /** What came of a call, and whether the model must be told that it goes in circles. */
  #noticed(call: PendingCall, came: Came): CallResult {
    const repeats = this.#setting.state.repeats.due(call.name, call.written, came.output);
    return { ...outcome(call, came), ...(repeats !== undefined && { repeats }) };
  }
}

function isSafe({ tool: { tool } }: ReadyCall): boolean {
  return mayRunAgain(tool);
}

type Came = Pick<CallResult, 'output' | 'isError' | 'executed' | 'ms'>;

function refused(message: string): Came {
  return { output: errorText(message), isError: true, executed: false, ms: 0 };
}

/** A call that another process began, and nobody knows how it ended. */
function unverified(call: PendingCall): CallResult {
  const lost = { output: errorText(refusal.unverified()), isError: true, executed: true, ms: 0 };
  return { ...outcome(call, lost), unverified: true };
}

function outcome({ index, id, name, written }: PendingCall, came: Came): CallResult {
  return { index, id, name, arguments: written, ...came };
}
