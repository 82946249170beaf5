export { type Agent, agent } from './agent.ts';
export type { Clock } from './clock.ts';
export type {
  AgentEvent,
  End,
  ModelEvent,
  Retry,
  StepEnd,
  StepStart,
  ToolResult,
  ToolStart,
} from './event.ts';
export type { AgentOptions, Limits, RunOptions, StepInfo, StepOverrides } from './options.ts';
export {
  type CallResult,
  RunError,
  type RunFinishReason,
  type RunResult,
  type StepRecord,
} from './result.ts';
export type { Run } from './run.ts';
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
