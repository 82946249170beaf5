import type { Usage } from './usage.ts';

/**
 * What a model's answer consists of, as it arrives. Every event is an immutable value. A stream ends with
 * exactly one `finish`, or it throws a `PerigeeError`; what the *model* writes never throws.
 *
 * `index` counts the calls of one answer densely from 0, whatever numbers the model or host used. Parallel
 * calls may interleave. Each started call is closed by exactly one `tool-call-end` or `tool-call-invalid`.
 */
export type StreamEvent =
  | TextDelta
  | ReasoningDelta
  | ToolCallStart
  | ToolCallDelta
  | ToolCallEnd
  | ToolCallInvalid
  | Finish;

/** A piece of the answer that is meant for the reader. */
export interface TextDelta {
  readonly type: 'text-delta';
  readonly delta: string;
}

/** A piece of what the model thought before it answered. */
export interface ReasoningDelta {
  readonly type: 'reasoning-delta';
  readonly delta: string;
  /** What proves to the host that it wrote this reasoning; mostly comes alone, with an empty `delta`. */
  readonly signature?: string;
}

/** A call has begun: its tool is known, its arguments follow. */
export interface ToolCallStart {
  readonly type: 'tool-call-start';
  readonly index: number;
  /** Unique in the conversation; `functions.NAME:N` unless the host gave another usable one. */
  readonly id: string;
  readonly name: string;
  /** The id as the model or host wrote it, when that differs from `id` or had to be replaced. */
  readonly rawId?: string;
}

/** JSON text of the arguments, exactly as the model wrote it. */
export interface ToolCallDelta {
  readonly type: 'tool-call-delta';
  readonly index: number;
  readonly delta: string;
}

/** The call is whole: its tool is declared (where tools are known) and its arguments are a JSON object. */
export interface ToolCallEnd {
  readonly type: 'tool-call-end';
  readonly index: number;
}

/**
 * A call that must not be run as it stands. It is data for whoever drives the model, never an exception:
 *
 * - `unresolved`: it cannot be said which tool was meant; no `tool-call-start` was sent.
 * - `undeclared`: the model named a tool that it was not given.
 * - `invalid-arguments`: the arguments are not a JSON object.
 * - `cut`: the output ended inside the call.
 */
export interface ToolCallInvalid {
  readonly type: 'tool-call-invalid';
  readonly reason: 'unresolved' | 'undeclared' | 'invalid-arguments' | 'cut';
  /** The started call which this closes; absent when no `tool-call-start` was sent. */
  readonly index?: number;
  readonly rawId: string;
  readonly name?: string;
  /** The whole argument text as far as it came. */
  readonly arguments: string;
}

/** The last event of a stream. */
export interface Finish {
  readonly type: 'finish';
  readonly reason: FinishReason;
  /** What the host reported, which may differ: `reason` is derived from what was parsed. */
  readonly rawReason?: string;
  /** The output ended inside a call, a section of calls or the reasoning. */
  readonly truncated?: boolean;
  readonly usage?: Usage;
}

/** Why an answer ended. `length`: the budget of output tokens was used up. */
export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'error';
