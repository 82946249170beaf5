import type { ApprovalPolicy, OnApproval } from '../approval.ts';
import type { LoopLimits } from '../limits/limits.ts';
import type { StepPlan } from '../loop/plan.ts';
import type { RunState } from '../loop/run-state.ts';
import type { PendingCall } from '../loop/transcript.ts';
import type { RunOptions } from '../options.ts';
import type { Access } from '../tool.ts';
import type { ReadyCall } from './approval.ts';
import type { Begun } from './eager.ts';

/** What the calls of a turn are served with. */
export interface ServeSetting {
  readonly state: RunState;
  readonly limits: LoopLimits;
  readonly plan: Pick<StepPlan, 'toolbox' | 'toolChoice'>;
  readonly policy: ApprovalPolicy;
  readonly onApproval: OnApproval | undefined;
  readonly whenWaiting: RunOptions['whenWaiting'];
  readonly step: number;
  /** Why no call of this turn may run. */
  readonly forbidden: string | undefined;
  /** Calls that were looked at already. */
  readonly begun: ReadonlyMap<number, Begun>;
}

/** A call of the turn, and what is to be done with it. */
export interface Served {
  readonly call: PendingCall;
  readonly accesses: readonly Access[];
  ready: ReadyCall | undefined;
  refused: string | undefined;
  waits: boolean;
}
