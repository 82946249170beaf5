export { type Continuation, type ContinuationOptions, continued, type Part } from './continued.ts';
export { type RawAnswer, RawContinuation } from './raw-continuation.ts';
