export { argumentProblem } from './arguments/argument-problem.ts';
export { argumentsStage } from './arguments/arguments-stage.ts';
export type { AskAgainOptions } from './asking/plan.ts';
export { askingAgain } from './asking-again.ts';
export type { EventStage, EventStageMaker, RequestStage, Target, Tell } from './stage.ts';
export { checkToolChoice, toolChoiceStage } from './tool-choice.ts';
export { toolChoiceBack } from './tool-choice-back.ts';
export { truncationStage } from './truncation.ts';
