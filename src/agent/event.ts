import type { Message, PerigeeError, StreamEvent, Usage } from '../core/index.ts';
import type { ApprovalAnswer, ApprovalRequest } from './approval.ts';
import type { CutPlan } from './context/index.ts';
import type { CallResult, RunResult } from './result.ts';
import type { LimitReached } from './session/records.ts';

/**
 * What happens in a run, as it happens. `step` counts from 0 and is the position in `result.steps`.
 *
 * ```
 * resumed                          the first one of a run that goes on with what a session has on record
 * step-start                       the model is asked
 *   steered                        messages that were put in line go to it
 *   pruned                         old steps are taken out of the prompt
 *   limit                          a bound is reached: this is the last turn, or there is none
 *   text-delta, reasoning-delta,
 *   tool-call-start|delta|end,
 *   tool-call-invalid, finish      what it writes (see StreamEvent), each with `step`
 *   retry                          the attempt failed: what it wrote is void, it is asked again
 *   approval-request, approval     a call waits for a person; the answer
 *   tool-start                     a call is executed; calls of a step run side by side. Of a tool that may be
 *                                  run again this may come while the model still writes: a `retry` voids it too
 *   tool-result                    one for every call in the history, as soon as it is known,
 *                                  also for calls that were refused and so never started
 * step-end                         missing when the run was aborted or failed inside the step's turn
 * …
 * end                              the last one; a run that fails throws its RunError instead
 * ```
 */
export type AgentEvent =
  | Resumed
  | StepStart
  | Steered
  | Limit
  | Pruned
  | ModelEvent
  | Retry
  | ApprovalAsked
  | Approval
  | ToolStart
  | ToolResult
  | StepEnd
  | End;

/** A run goes on from what is on record. */
export interface Resumed {
  readonly type: 'resumed';
  readonly session: string;
  /** Steps of this run that are behind it. */
  readonly steps: number;
  readonly usage: Usage;
  readonly cost: number | undefined;
}

/** Messages that were put in line are said to the model. */
export interface Steered {
  readonly type: 'steered';
  readonly step: number;
  readonly messages: readonly Message[];
}

/** Old steps were taken out of the prompt. They stay in the history. */
export interface Pruned {
  readonly type: 'pruned';
  readonly step: number;
  readonly cut: CutPlan;
  /** What the model said mattered in them, where it was asked. */
  readonly summary?: string;
}

/** A bound was reached. */
export interface Limit extends LimitReached {
  readonly type: 'limit';
  readonly step: number;
  /** The model is asked once more, without tools. */
  readonly wrapUp: boolean;
}

/** A call waits for a person. */
export interface ApprovalAsked extends ApprovalRequest {
  readonly type: 'approval-request';
}

/** A person has answered. */
export interface Approval extends ApprovalAnswer {
  readonly type: 'approval';
  readonly step: number;
  readonly index: number;
  readonly id: string;
  readonly name: string;
}

/** The model is asked. */
export interface StepStart {
  readonly type: 'step-start';
  readonly step: number;
  /** The id of the model that is asked. */
  readonly model: string;
}

/** An event of the model's answer. */
export type ModelEvent = StreamEvent & { readonly step: number };

/** A turn failed or was empty; after `waitMs` milliseconds it is asked for again. */
export interface Retry {
  readonly type: 'retry';
  readonly step: number;
  /** The attempt that failed, counted from 1. */
  readonly attempt: number;
  readonly error: PerigeeError;
  readonly waitMs: number;
}

/** A tool is started. */
export interface ToolStart {
  readonly type: 'tool-start';
  readonly step: number;
  /** The position of the call in its turn, as in the events of the model. */
  readonly index: number;
  /** The id in the history. */
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** What came of a call. */
export interface ToolResult extends CallResult {
  readonly type: 'tool-result';
  readonly step: number;
}

/** The turn and its results stand in the history. */
export interface StepEnd {
  readonly type: 'step-end';
  readonly step: number;
  readonly usage: Usage;
  readonly cost: number | undefined;
  readonly durationMs: number;
}

/** The run is over. */
export interface End {
  readonly type: 'end';
  readonly result: RunResult;
}
