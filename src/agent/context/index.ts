export { type ContextEstimate, ContextWindow } from './context-window.ts';
export type { CutPlan } from './cut-plan.ts';
export { type ContextBill, Ledger, type LedgerEntry } from './ledger.ts';
export type { ContextOptions, ContextSettings, ContextSurroundings } from './options.ts';
export type { LedgerPoint } from './plot.ts';
export { READ_RESULT, readResultTool } from './read-result.ts';
export { type Spilled, spill } from './spill.ts';
export { summaryRequest } from './summary.ts';
