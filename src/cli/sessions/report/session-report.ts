import type { ContextBill } from '../../../agent/index.ts';
import type { Usage } from '../../../core/index.ts';

/** What there is to say about a session on one page. Times are milliseconds, costs US dollars. */
export interface SessionReport {
  readonly models: readonly string[];
  /** Of the first and the last record, in milliseconds since 1970; undefined without records. */
  readonly firstAt: number | undefined;
  readonly lastAt: number | undefined;
  readonly records: number;
  readonly steps: number;
  readonly calls: number;
  readonly runs: readonly RunReport[];
  /** Messages that were put in line while a run went on. */
  readonly queued: number;
  readonly time: WorkTime;
  /** Of all attempts at all turns, summaries included. */
  readonly usage: Usage;
  /** Of the turns whose cost is known; undefined when that is none. */
  readonly cost: number | undefined;
  readonly turnsWithoutCost: number;
  /**
   * What the prompts cost and what pruning saved, modelled at the list prices of the model; of each turn the attempt that
   * was taken. `points` is the plot.
   */
  readonly bill: Omit<ContextBill, 'usage' | 'cost' | 'keptReasoning'>;
  /** The one that took most time first. */
  readonly tools: readonly ToolReport[];
  readonly limits: readonly LimitReport[];
  readonly approvals: ApprovalReport;
  /** Turns that were asked for again, as far as the host billed the attempts that failed. */
  readonly retried: { readonly turns: number; readonly usage: Usage };
  /** Calls that failed, by tool and message: the unverified ones first, then the most frequent. */
  readonly failures: readonly FailureReport[];
  /** Failed calls whose message is not in `failures`, since there were too many different ones. */
  readonly otherFailures: number;
  /** How often a run went on in another process, as far as calls that must not run twice show it. */
  readonly restarts: number;
  readonly longest: readonly StepReport[];
}

export interface RunReport {
  readonly run: number;
  readonly steps: number;
  /** Undefined: it has not ended. */
  readonly finishReason: string | undefined;
  readonly explanation: string | undefined;
}

export interface WorkTime {
  /** Turns, waiting for the host and failed attempts included. */
  readonly modelMs: number;
  /** Steps while their calls ran; calls side by side count once. */
  readonly callsMs: number;
  /** Steps while a person was waited for. */
  readonly waitedMs: number;
}

export interface ToolReport {
  readonly name: string;
  readonly calls: number;
  /** Ran and failed. */
  readonly errors: number;
  /** Never ran: unknown, bad arguments, cut, not approved, over a limit. */
  readonly refused: number;
  /** The process died while they ran. */
  readonly unverified: number;
  readonly totalMs: number;
  /** Undefined when none ran to its end. */
  readonly medianMs: number | undefined;
  readonly longestMs: number;
}

export interface LimitReport {
  readonly place: string;
  readonly kind: string;
  readonly explanation: string;
}

export interface ApprovalReport {
  readonly asked: number;
  readonly approved: number;
  readonly refused: number;
  /** Asked in a run that has not ended, and not answered. */
  readonly open: number;
  /** From the question to the answer. */
  readonly medianMs: number | undefined;
  readonly longestMs: number | undefined;
}

export interface FailureReport {
  readonly tool: string;
  readonly message: string;
  readonly count: number;
  readonly kind: 'failed' | 'refused' | 'unverified';
  /** The record of the first one. */
  readonly first: string;
}

export interface StepReport extends WorkTime {
  readonly place: string;
  readonly ms: number;
  readonly tools: readonly string[];
}
