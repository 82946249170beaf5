export { namesBack, namesStage } from './names.ts';
export {
  type Change,
  checkMfjs,
  checkMfjsText,
  type Rewritten,
  schemaStage,
  toMfjs,
} from './schema/index.ts';
export type { EventStage, EventStageMaker, RequestStage, Target, Tell } from './stage.ts';
