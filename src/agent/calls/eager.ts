import type { StreamEvent, TurnAssembler } from '../../core/index.ts';
import type { ApprovalPolicy } from '../approval.ts';
import type { LoopLimits } from '../limits/limits.ts';
import type { RunState } from '../loop/run-state.ts';
import { mayStand } from '../loop/transcript.ts';
import { mayRunAgain } from '../tool.ts';
import type { Toolbox } from '../toolbox.ts';
import { isFree } from './approval.ts';
import { boundsOf, type Executed, execute, idempotencyKey } from './execute.ts';
import { type Prepared, prepareWritten } from './prepare.ts';
import { accessesOf, clash } from './waves.ts';

/** A call that was looked at before its turn was whole. */
export interface Begun {
  readonly prepared: Prepared;
  /** It runs already. */
  readonly running?: Promise<Executed>;
  /** Ends what runs, when nothing comes of the turn. */
  readonly giveUp?: () => void;
}

/** What the calls of a turn are started with. */
export interface CallSetting {
  readonly state: RunState;
  readonly limits: LoopLimits;
  readonly toolbox: Toolbox;
  readonly policy: ApprovalPolicy;
  readonly step: number;
  /** Whether a tool may still be executed, by `limits.calls`. */
  readonly mayExecute: (name: string, earlier: number) => boolean;
}

/**
 * Starts calls while the model still writes the ones behind them: those that may be run again if nothing comes of the
 * turn, that no person has to see, and that do not mind what is before them. The others wait until the turn is whole.
 */
export class EagerCalls {
  readonly #setting: CallSetting;
  readonly #writing: TurnAssembler;
  readonly #isOff: boolean;
  readonly #begun = new Map<number, Begun>();
  readonly #ids = new Map<number, string>();
  readonly #touched: ReturnType<typeof accessesOf>[] = [];
  readonly #counts = new Map<string, number>();
  readonly #controller = new AbortController();
  /** The index that is looked at next: calls are looked at in the order of the turn. */
  #next = 0;
  #chain: Promise<void> | undefined;

  /** `isOff`: nothing may be called in this turn. */
  constructor(setting: CallSetting, writing: TurnAssembler, isOff: boolean) {
    this.#setting = setting;
    this.#writing = writing;
    this.#isOff = isOff;
  }

  /** Takes note of an event after the assembler has. */
  see(event: StreamEvent): void {
    if (event.type !== 'tool-call-end' || this.#isOff) return;
    for (;;) {
      const call = this.#writing.call(this.#next);
      if (!call) return;
      this.#next++;
      const { toolbox, state } = this.#setting;
      if (!mayStand(call.name, toolbox)) continue;
      const id = state.ids.claim(call.name, call.id);
      this.#ids.set(call.index, id);
      const before = this.#chain;
      this.#chain = (before ?? Promise.resolve()).then(() => this.#consider(call.index, id, call));
    }
  }

  /** The id that a call has been given, or a new one. */
  readonly claim = (index: number, name: string, id: string): string =>
    this.#ids.get(index) ?? this.#setting.state.ids.claim(name, id);

  /** The calls that were looked at already, by index, once the turn is whole. */
  async begun(): Promise<ReadonlyMap<number, Begun>> {
    await this.#chain;
    return this.#begun;
  }

  /** The turn is void: what runs is given up, and its ids are free again. */
  drop(): void {
    this.#setting.state.ids.release(this.#ids.values());
    this.#ids.clear();
    this.#giveUp();
  }

  #giveUp(): void {
    this.#controller.abort(new Error('Nothing came of the answer that this call stood in.'));
  }

  async #consider(index: number, id: string, call: { name: string; arguments: string }): Promise<void> {
    const { state, limits, toolbox, policy, step, mayExecute } = this.#setting;
    const prepared = await prepareWritten(call.name, call.arguments, toolbox);
    this.#begun.set(index, { prepared });
    if ('refused' in prepared) return;
    const accesses = accessesOf(prepared);
    const isAlone = !this.#touched.some((other) => clash(other, accesses));
    this.#touched.push(accesses);
    const earlier = this.#counts.get(call.name) ?? 0;
    this.#counts.set(call.name, earlier + 1);
    const { tool } = prepared.tool;
    const isSafe = mayRunAgain(tool);
    if (!isSafe || !isAlone || !isFree(prepared.tool, policy) || !mayExecute(call.name, earlier)) return;
    if (this.#controller.signal.aborted || state.cancellation.aborted || state.halted) return;
    const bounds = boundsOf(state, limits);
    if (bounds.leftMs !== undefined && bounds.leftMs <= 0) return;
    const { name, arguments: written } = call;
    state.emit({ type: 'tool-start', step, index, id, name, arguments: written });
    const key = idempotencyKey(state.runId, step, index, name, written);
    const running = execute(prepared.tool, prepared.input, id, key, bounds, this.#controller.signal);
    this.#begun.set(index, { prepared, running, giveUp: () => this.#giveUp() });
  }
}
