export { argumentProblem } from './arguments/argument-problem.ts';
export { argumentsStage } from './arguments/arguments-stage.ts';
export type { EventStage, EventStageMaker, RequestStage, Target, Tell } from './stage.ts';
