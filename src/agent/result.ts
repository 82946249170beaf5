import { type Message, PerigeeError, type Turn, type Usage } from '../core/index.ts';
import type { ApprovalRequest } from './approval.ts';
import type { ContextBill } from './context/index.ts';

/** What came of one call, as it stands in the history. */
export interface CallResult {
  /** The position of the call in its turn, as in the turn's events. */
  readonly index: number;
  /** The id in the history. It may differ from the one that the model gave: it is unique. */
  readonly id: string;
  readonly name: string;
  /** Exactly what the model wrote. */
  readonly arguments: string;
  /** What the model reads; `{"error": …}` when `isError`. */
  readonly output: string;
  readonly isError: boolean;
  /** Whether the tool was started. A call that was refused (unknown tool, bad arguments, cut) was not. */
  readonly executed: boolean;
  /** Milliseconds that the tool took; 0 when it was not started. */
  readonly ms: number;
  /** The process died while the tool ran: whether it took effect is not known. */
  readonly unverified?: true;
  /** How often this call was made with this result, when the model is told so. It reads that behind the output. */
  readonly repeats?: number;
}

/** One turn of the model and what came of its calls. */
export interface StepRecord {
  /** Counted from 0. */
  readonly index: number;
  readonly turn: Turn;
  /** In the order of the calls. */
  readonly results: readonly CallResult[];
  /** The tokens of all attempts at this turn. */
  readonly usage: Usage;
  /** US dollars; undefined when the model's prices or its usage are not known. */
  readonly cost: number | undefined;
  readonly durationMs: number;
}

/**
 * Why a run ended.
 *
 * - `stop`: the model answered.
 * - `length`: the output limit was reached in the answer or the reasoning.
 * - `content-filter`: the host stopped the answer.
 * - `empty`: the model answered nothing, also when asked again.
 * - `steps`, `tokens`, `cost`, `time`: a limit was reached while the model still called tools.
 * - `repeating`: the model made the same call again and again; see `limits.repeats`.
 * - `stopped`: `stopWhen` said so.
 * - `aborted`: the caller's signal fired.
 * - `paused`: `run.pause()` was called.
 * - `waiting`: a call waits for an approval, and the run was told to leave then.
 * - `error`: a `RunError` was thrown; this is what had been done by then.
 */
export type RunFinishReason =
  | 'stop'
  | 'length'
  | 'content-filter'
  | 'empty'
  | 'steps'
  | 'tokens'
  | 'cost'
  | 'time'
  | 'repeating'
  | 'stopped'
  | 'aborted'
  | 'paused'
  | 'waiting'
  | 'error';

/** What a run did. */
export interface RunResult {
  /** The text of the last turn; for an aborted or failed run also of a turn that was not finished. */
  readonly text: string;
  readonly finishReason: RunFinishReason;
  /** Why it ended, in one sentence. */
  readonly explanation: string;
  /**
   * The conversation: the earlier messages, the prompt and what came since. It can be continued whatever the
   * finish reason is: every call has its result. The instructions are not in it.
   */
  readonly messages: readonly Message[];
  /** The part of `messages` that this run added, the prompt included. */
  readonly newMessages: readonly Message[];
  readonly steps: readonly StepRecord[];
  /** The calls that wait for an approval, when it ended with `waiting` or `paused`. */
  readonly approvals: readonly ApprovalRequest[];
  /** The name of its session, if it has one. */
  readonly session?: string;
  /**
   * The tokens of all turns, failed attempts included as far as the host told them. What an answer cost that was aborted
   * no host tells: it is estimated, and `usageIsEstimated` is true.
   */
  readonly usage: Usage;
  readonly usageIsEstimated: boolean;
  /** What the prompts cost, what share of them was cached, and what pruning saved. */
  readonly bill: ContextBill;
  /** US dollars; undefined when the prices of a model or the usage of a turn are not known. */
  readonly cost: number | undefined;
  readonly durationMs: number;
}

/** The error of a run that could not go on. `code`, `remedy` and the rest are those of its cause. */
export class RunError extends PerigeeError {
  override readonly name: string = 'RunError';
  /** What had been done by then; `result.messages` can be continued. */
  readonly result: RunResult;

  constructor(cause: PerigeeError, result: RunResult) {
    super(cause.code, cause.message, {
      retryable: cause.retryable,
      cause,
      ...(cause.remedy !== undefined && { remedy: cause.remedy }),
      ...(cause.status !== undefined && { status: cause.status }),
      ...(cause.hostType !== undefined && { hostType: cause.hostType }),
      ...(cause.retryAfterMs !== undefined && { retryAfterMs: cause.retryAfterMs }),
    });
    this.result = result;
  }
}
