export { checkMfjs, checkMfjsText } from './check.ts';
export { LIMITS, type Limits } from './rules.ts';
