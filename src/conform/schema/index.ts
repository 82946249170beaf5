export type { Change } from './changes.ts';
export { checkMfjs, checkMfjsText } from './check.ts';
export { type Rewritten, toMfjs } from './rewrite.ts';
export { LIMITS, type Limits } from './rules.ts';
export { schemaStage } from './stage.ts';
