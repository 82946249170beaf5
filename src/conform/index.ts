export type { EventStage, RequestStage, Target, Tell } from './stage.ts';
