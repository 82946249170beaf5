export { type ContextEstimate, ContextWindow } from './context-window.ts';
export type { CutPlan } from './cut-plan.ts';
export type { ContextOptions, ContextSettings, ContextSurroundings } from './options.ts';
export { READ_RESULT, readResultTool } from './read-result.ts';
export { MemoryResultStore, type ResultStore, type Spilled, spill } from './spill.ts';
