import type {
  AssistantMessage,
  Intent,
  Message,
  ToolChoice,
  Turn,
  Usage,
  UserMessage,
} from '../../core/index.ts';
import type { ApprovalRequest } from '../approval.ts';
import type { CutPlan } from '../context/index.ts';
import type { PendingCall } from '../loop/transcript.ts';
import type { RunFinishReason } from '../result.ts';

/*
 * What a run records, under names below `run-N/`:
 *
 *   prompt                     PromptRecord      what the run was given
 *   step-S/turn                TurnRecord        one answer of the model and what was asked
 *   step-S/approvals           ApprovalsRecord   which calls of it wait for a person
 *   step-S/call-I/approval     ApprovalAnswer    what the person said (delivered from outside)
 *   step-S/begin-W             BeginRecord       calls that must not run twice are about to begin
 *   step-S/call-I              CallResult        what came of a call
 *   step-S/stop                boolean           what `stopWhen` said
 *   step-S/more                MoreRecord        messages that came for after the answer
 *   end                        EndRecord         missing: the run can be gone on with
 */

/** What a run was given. */
export interface PromptRecord {
  /** Differs from run to run, also between sessions of one name. */
  readonly id: string;
  readonly messages: readonly Message[];
  /** How many of them, at the front, are the history that it was given; default 0. */
  readonly earlier?: number;
  readonly model: string;
  readonly toolChoice?: ToolChoice;
}

/** A bound that was reached. */
export interface LimitReached {
  readonly kind: 'steps' | 'tokens' | 'cost' | 'time' | 'repeating';
  /** In one sentence. */
  readonly explanation: string;
}

/** One answer of the model. Without `turn`: a bound was reached and there was no room for a last answer. */
export interface TurnRecord {
  /** Entries of the queue that had been looked at. */
  readonly queueSeen: number;
  /** What was put in line before this turn, and what the model was told about a bound. */
  readonly steered?: readonly Message[];
  readonly limit?: LimitReached;
  /** What was cut from the prompt before this turn; the last cut where there was more than one. */
  readonly cut?: CutPlan;
  /** What the model said mattered in what was cut. */
  readonly summary?: { readonly text: string; readonly usage: Usage };
  readonly model?: string;
  /** The tools of the step, where they were not all. */
  readonly tools?: readonly string[];
  readonly toolChoice?: ToolChoice;
  readonly turn?: Turn;
  readonly message?: AssistantMessage;
  readonly calls?: readonly PendingCall[];
  readonly note?: UserMessage;
  /** Of all attempts, and of the summary. */
  readonly usage: Usage;
  readonly cost?: number;
  readonly durationMs: number;
}

/** Calls that must not run twice are about to begin. */
export interface BeginRecord extends Intent {
  /** Their positions in the turn. */
  readonly calls?: readonly number[];
}

export interface ApprovalsRecord {
  readonly calls: readonly ApprovalRequest[];
  /** What the policy does not allow, by position of the call. */
  readonly denied?: readonly { readonly index: number; readonly reason: string }[];
}

export interface MoreRecord {
  readonly queueSeen: number;
  readonly messages: readonly Message[];
}

export interface EndRecord {
  readonly finishReason: RunFinishReason;
  readonly explanation: string;
  readonly usage: Usage;
  readonly cost?: number;
}
