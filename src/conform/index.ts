export { argumentProblem } from './arguments/argument-problem.ts';
export { argumentsStage } from './arguments/arguments-stage.ts';
export type { AskAgainOptions } from './asking/plan.ts';
export { askingAgain } from './asking-again.ts';
export { budgetStage } from './budget.ts';
export { type Conformed, type ConformOptions, conform } from './conform.ts';
export { conformed } from './conformed.ts';
export { estimateTokens } from './estimate-tokens.ts';
export { fieldsStage } from './fields.ts';
export { historyStage } from './history/history.ts';
export { idsBack, idsStage } from './ids.ts';
export { mediaStage } from './media.ts';
export {
  type KeptReasoning,
  ReasoningMemory,
  type ReasoningMemoryOptions,
} from './memory/reasoning-memory.ts';
export { namesBack, namesStage } from './names.ts';
export { reasoningStage } from './reasoning.ts';
export { responseFormatStage } from './response-format.ts';
export { samplingStage } from './sampling.ts';
export {
  type Change,
  checkMfjs,
  checkMfjsText,
  MFJS_LIMITS,
  type MfjsLimits,
  type Rewritten,
  schemaStage,
  toMfjs,
} from './schema/index.ts';
export {
  dialectOf,
  type EventStage,
  type EventStageMaker,
  type RequestStage,
  type Target,
  type Tell,
} from './stage.ts';
export { EVENT_STAGES, REQUEST_STAGES } from './stages.ts';
export { thinkingStage } from './thinking.ts';
export { checkToolChoice, toolChoiceStage } from './tool-choice.ts';
export { toolChoiceBack } from './tool-choice-back.ts';
export { truncationStage } from './truncation.ts';
