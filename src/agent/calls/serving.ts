import type { Intent, Outcome } from '../../core/index.ts';
import type { PendingCall } from '../loop/transcript.ts';
import type { CallResult } from '../result.ts';
import type { Stepped } from '../session/journal.ts';
import type { ReadyCall } from './approval.ts';
import { type Executed, execute } from './execute.ts';
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
    const leaves = this.#leaves();
    const intent =
      careful.length > 0 && leaves === undefined
        ? await state.journal.intend(`step-${step}/begin-${careful[0]!.call.index}`)
        : undefined;
    await Promise.all(wave.map((entry) => this.#serve(entry, intent)));
  }

  async #serve(entry: Served, intent: Intent | undefined): Promise<void> {
    const name = `step-${this.#setting.step}/call-${entry.call.index}`;
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
    return state.halted ? refusal.leftBefore() : undefined;
  }

  async #step(name: string, entry: Served, intent: Intent | undefined): Promise<Stepped<CallResult>> {
    const { journal, cancellation } = this.#setting.state;
    const { call, ready } = entry;
    if (!ready || isSafe(ready)) return journal.step(name, () => this.#work(entry));
    // What is on record needs no intent; without one nothing may begin.
    if (!intent) return journal.step(name, async () => this.#notRecorded(call));
    const work = async () => (cancellation.aborted ? undefined : this.#execute(ready));
    return journal.stepUnder(name, intent, work, (done) => this.#outcome(call, done));
  }

  #outcome(call: PendingCall, done: Outcome<Executed | undefined>): CallResult {
    if ('interrupted' in done) {
      const lost = { output: errorText(refusal.unverified()), isError: true, executed: true, ms: 0 };
      return { ...outcome(call, lost), unverified: true };
    }
    return done.value ? this.#executed(call, done.value) : outcome(call, refused(refusal.abortedBefore()));
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
      return outcome(call, came);
    }
    const executed = await this.#begin(ready, call);
    // It may run again, so a resumed run rather has its result than the news that it was given up.
    if (cancellation.aborted) throw new NotRecorded(call, { ...executed, executed: true });
    return this.#executed(call, executed);
  }

  /** A call that may run again: it runs already, or begins unless the run leaves off. */
  #begin(ready: ReadyCall, call: PendingCall): Promise<Executed> {
    const running = this.#setting.begun.get(ready.index)?.running;
    if (running) return running;
    const leaves = this.#leaves();
    if (leaves !== undefined) throw new NotRecorded(call, refused(leaves));
    return this.#execute(ready);
  }

  #execute(ready: ReadyCall): Promise<Executed> {
    const { state, limits, step } = this.#setting;
    const { index, id, written, tool, input } = ready;
    state.emit({ type: 'tool-start', step, index, id, name: tool.name, arguments: written });
    const { cancellation, clock, within } = state;
    const leftMs = limits.timeMs - state.elapsedMs;
    const bounds = { cancellation, clock, within, ...(Number.isFinite(leftMs) && { leftMs }) };
    return execute(tool, input, id, `${state.runId}/step-${step}/call-${index}`, bounds);
  }

  #executed(call: PendingCall, executed: Executed): CallResult {
    const repeats = this.#setting.state.repeats.due(call.name, call.written, executed.output);
    return {
      ...outcome(call, { ...executed, executed: true }),
      ...(repeats !== undefined && { repeats }),
    };
  }
}

function isSafe({ tool: { tool } }: ReadyCall): boolean {
  return tool.replay === 'safe' || tool.readOnly === true;
}

type Came = Pick<CallResult, 'output' | 'isError' | 'executed' | 'ms'>;

function refused(message: string): Came {
  return { output: errorText(message), isError: true, executed: false, ms: 0 };
}

function outcome({ index, id, name, written }: PendingCall, came: Came): CallResult {
  return { index, id, name, arguments: written, ...came };
}
