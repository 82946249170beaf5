export { type ChatAnswer, ChatContinuation } from './chat-continuation.ts';
export { type Continuation, type ContinuationOptions, continued, type Part } from './continued.ts';
export { encodeBehind, type FinalMessage, writesNatively } from './final-message.ts';
export { continuationsFor } from './limits.ts';
export { type RawAnswer, RawContinuation } from './raw-continuation.ts';
