export type { EventStage, EventStageMaker, RequestStage, Target, Tell } from './stage.ts';
