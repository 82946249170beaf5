export type { Change } from './changes.ts';
export { checkMfjs, checkMfjsText } from './check.ts';
export { type Rewritten, toMfjs } from './rewrite.ts';
export { LIMITS as MFJS_LIMITS, type Limits as MfjsLimits } from './rules.ts';
export { schemaStage } from './stage.ts';
