import {
  addUsage,
  CallIds,
  type Intent,
  type Message,
  markLasting,
  NO_USAGE,
  type SystemMessage,
  type ToolChoice,
  type Turn,
  type TurnAssembler,
  textOf,
  type Usage,
} from '../../core/index.ts';
import type { ApprovalRequest } from '../approval.ts';
import type { Cancellation } from '../cancellation.ts';
import type { Clock } from '../clock.ts';
import type { Steering } from '../control.ts';
import type { AgentEvent } from '../event.ts';
import type { LoopLimits } from '../limits/limits.ts';
import { RepeatGuard } from '../limits/repeats.ts';
import type { AgentOptions, StepInfo } from '../options.ts';
import type { CallResult, RunFinishReason, RunResult, StepRecord } from '../result.ts';
import type { Journal } from '../session/journal.ts';
import { callPart } from '../session/record-name.ts';
import type { TurnRecord } from '../session/records.ts';
import type { Within } from '../telemetry/traced.ts';
import { addBill, type Bill, NOTHING_SPENT } from './bill.ts';
import { PromptContext } from './prompt-context.ts';

/** Why a run is over. */
export interface Ending {
  readonly finishReason: RunFinishReason;
  readonly explanation: string;
}

/** Why a run leaves off though it is not over. */
export type Halt = 'paused' | 'waiting';

/** What a run is made of. */
export interface RunParts {
  readonly emit: (event: AgentEvent) => void;
  readonly within: Within;
  readonly clock: Clock;
  readonly cancellation: Cancellation;
  readonly control: Steering;
  readonly limits: LoopLimits;
  readonly options: AgentOptions;
}

/**
 * What a run knows. It only grows, by what each step adds: nothing here costs more the longer the history is. All of it
 * follows from the records, so a run that is resumed knows the same.
 */
export class RunState {
  readonly emit: (event: AgentEvent) => void;
  readonly within: Within;
  readonly clock: Clock;
  readonly cancellation: Cancellation;
  readonly control: Steering;
  readonly history: Message[] = [];
  readonly context: PromptContext;
  readonly ids = new CallIds();
  readonly repeats: RepeatGuard;
  /** Executions of each tool. */
  readonly executions = new Map<string, number>();
  readonly steps: StepRecord[] = [];
  /** Where this run's records go; set before the loop begins. */
  journal!: Journal;
  /** Tells this run from every other; see `PromptRecord.id`. */
  runId = '';
  bill: Bill = NOTHING_SPENT;
  /** Tokens that are not on the bill, estimated. */
  unreported: Usage = NO_USAGE;
  /** Some of the bill is an estimate. */
  billIsEstimated = false;
  /** The forced choice that has not been met yet. */
  toolChoice: ToolChoice | undefined;
  /** The turn that is being written. */
  writing: TurnAssembler | undefined;
  /** Entries of the session's queue that have been looked at before a turn, and after an answer. */
  queueSeen = 0;
  moreSeen = 0;
  /** Where in the queue the prompt stands that was put in line for a run on record; 0: it was not. */
  promptUntil = 0;
  /** Milliseconds that the steps on record took. */
  recordedMs = 0;
  /** Milliseconds in which a person was waited for: no work, as the time between two processes is none. */
  idleMs = 0;
  /** Steps of which it is on record that a person was asked, or a policy said no. */
  asked: ReadonlySet<number> = new Set();
  /** Calls that another process began, as `STEP/INDEX`; see `Earlier.begun`. */
  begunBefore: ReadonlyMap<string, Intent> = new Map();
  /** Calls for whose approval nobody need wait; see `Earlier.settled`. */
  settled: ReadonlySet<string> = new Set();
  waitingFor: readonly ApprovalRequest[] = [];
  #system: SystemMessage | undefined;
  #halted: Halt | undefined;
  /** Where the messages of this run begin. */
  #earlier = 0;
  readonly #started: number;

  constructor({ emit, within, clock, cancellation, control, limits, options }: RunParts) {
    this.context = new PromptContext(options, () => this.journal.session);
    this.emit = emit;
    this.within = within;
    this.clock = clock;
    this.cancellation = cancellation;
    this.control = control;
    this.repeats = new RepeatGuard(limits.repeats);
    this.#started = clock.now();
  }

  /** Adds what was said before this run. */
  addEarlier(messages: readonly Message[]): void {
    this.add(messages);
    this.#earlier = this.history.length;
  }

  /** Adds messages that a person said. */
  add(messages: readonly Message[]): void {
    for (const message of messages) {
      this.#push(message);
      if (message.role !== 'assistant') continue;
      for (const { id } of message.toolCalls ?? []) this.ids.take(id);
    }
  }

  /** The message in front of the history; the same one for as long as it says the same. */
  instructing(instructions: string | undefined): readonly SystemMessage[] {
    if (instructions === undefined || instructions === '') return [];
    if (this.#system?.content !== instructions) {
      this.#system = markLasting<SystemMessage>({ role: 'system', content: instructions });
    }
    return [this.#system];
  }

  /** Takes over what a turn's record says of what came before it, and what it cost. */
  replayTurn(record: TurnRecord): void {
    const { queueSeen, steered, cut, summary, usage, cost, durationMs, calls = [] } = record;
    this.queueSeen = queueSeen;
    if (steered) this.add(steered);
    if (cut) this.context.apply(cut, summary?.text);
    if (summary) this.context.addSummary(summary.usage);
    this.recordedMs += durationMs;
    this.addToBill({ usage, cost });
    // The ids of this turn were given out in another process.
    for (const { id } of calls) this.ids.take(id);
  }

  /** The turn's message, one result for each of its calls, and what could not be said in a result. */
  endTurn({ turn, message, note }: TurnRecord, results: readonly CallResult[], step: number): void {
    const promptTokens = this.context.tokens;
    if (turn?.usage) this.context.told(turn.usage);
    if (message) this.#push(message, turn?.usage !== undefined);
    if (turn && !turn.usage) this.addUnreported(promptTokens, this.context.tokens - promptTokens);
    for (const result of results) {
      const { id, name } = result;
      const record = this.journal.name(callPart(step, result.index));
      this.#push({ role: 'tool', toolCallId: id, name, content: this.context.contentOf(result, record) });
      this.repeats.add(result);
      if (!result.executed) continue;
      this.executions.set(name, (this.executions.get(name) ?? 0) + 1);
    }
    if (note) this.#push(note);
  }

  /** Takes note of what no host has counted, so that the bounds hold all the same. */
  addUnreported(inputTokens: number, outputTokens: number): void {
    this.unreported = addUsage(this.unreported, { inputTokens, cachedInputTokens: 0, outputTokens });
  }

  #push(message: Message, isCounted = false): void {
    // It goes to the model with every turn from now on: what is worked out of it, its JSON above all, is kept.
    this.history.push(markLasting(message));
    this.context.append(message, isCounted);
  }

  /** Milliseconds of work so far, those before a resumption included. */
  get elapsedMs(): number {
    return this.recordedMs + (this.clock.now() - this.#started) - this.idleMs;
  }

  addToBill(bill: Bill): void {
    this.bill = addBill(this.bill, bill);
  }

  /** Leaves the run where it is. */
  halt(reason: Halt): void {
    this.#halted ??= reason;
  }

  get halted(): Halt | undefined {
    return this.#halted ?? (this.control.paused ? 'paused' : undefined);
  }

  /** Waits for `work` until the run is paused or aborted. */
  async untilPaused(work: Promise<unknown>): Promise<void> {
    if (this.halted) return;
    let off: (() => void) | undefined;
    const paused = new Promise<void>((resolve) => {
      off = this.control.onPause(resolve);
    });
    try {
      await this.cancellation.race(Promise.race([work, paused]));
    } finally {
      off?.();
    }
  }

  info(step: number): StepInfo {
    const { usage, cost } = this.bill;
    return { step, messages: this.history, steps: this.steps, usage, cost };
  }

  /** Without a turn of its own, a run's text is the last one of its session. */
  #lastText(): string {
    const last = this.history.at(-1);
    return last?.role === 'assistant' ? textOf(last.content) : '';
  }

  result(ending: Ending): RunResult {
    const turn: Turn | undefined = this.writing?.turn() ?? this.steps.at(-1)?.turn;
    const session = this.journal?.session.name;
    return {
      text: turn?.content ?? this.#lastText(),
      ...ending,
      messages: this.history,
      newMessages: this.history.slice(this.#earlier),
      steps: this.steps,
      approvals: this.waitingFor,
      ...(session && { session }),
      ...this.bill,
      usageIsEstimated: this.billIsEstimated,
      bill: this.context.bill,
      durationMs: this.elapsedMs,
    };
  }
}
