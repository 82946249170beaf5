export { type Agent, agent } from './agent.ts';
export {
  type ApprovalAnswer,
  type ApprovalCall,
  type ApprovalPolicy,
  type ApprovalRequest,
  type ApprovalVerdict,
  answerOf,
  type OnApproval,
} from './approval.ts';
export type { Clock } from './clock.ts';
export {
  type ContextBill,
  type ContextOptions,
  type CutPlan,
  Ledger,
  type LedgerEntry,
  type LedgerPoint,
} from './context/index.ts';
export type { RunControl } from './control.ts';
export type {
  AgentEvent,
  Approval,
  ApprovalAsked,
  End,
  Limit,
  ModelEvent,
  Pruned,
  Resumed,
  Retry,
  Steered,
  StepEnd,
  StepStart,
  ToolResult,
  ToolStart,
} from './event.ts';
export { eventJson, failureEvent, shortEventJson } from './event-json.ts';
export type { Limits } from './limits/limits.ts';
export { contentOf } from './limits/repeats.ts';
export type { PendingCall } from './loop/transcript.ts';
export type { AgentOptions, RunOptions, StepInfo, StepOverrides } from './options.ts';
export {
  type CallResult,
  RunError,
  type RunFinishReason,
  type RunResult,
  type StepRecord,
} from './result.ts';
export type { Run } from './run.ts';
export {
  approvalName,
  type RecordName,
  readRecordName,
  stepPath,
} from './session/record-name.ts';
export type {
  ApprovalsRecord,
  EndRecord,
  LimitReached,
  MoreRecord,
  PromptRecord,
  TurnRecord,
} from './session/records.ts';
export {
  type Access,
  type InputSchema,
  type Tool,
  type ToolContext,
  type ToolEffects,
  type ToolInput,
  type ToolOptions,
  type Tools,
  tool,
} from './tool.ts';
