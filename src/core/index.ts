export {
  type AccountBooks,
  type AccountKey,
  type AccountLimits,
  type Accounts,
  type AccountsFile,
  type AccountsState,
  type Asked,
  type KeptKey,
  type KeyChanges,
  monthOf,
  nanoDollars,
  type Settlement,
  type UsageRow,
  type Verdict,
} from './accounts.ts';
export { Batches, type BatchTaker, batchesOf, lazily } from './batches.ts';
export { CallIds, canonicalCallId, isCanonicalCallId, nameInCanonicalCallId } from './call-id.ts';
export type { Durable, JournalRecord, QueuedMessage, Session, SessionStore } from './durable.ts';
export { abortedError, type ErrorCode, PerigeeError, type PerigeeErrorDetails } from './errors.ts';
export type {
  Finish,
  FinishReason,
  ReasoningDelta,
  StreamEvent,
  TextDelta,
  ToolCallDelta,
  ToolCallEnd,
  ToolCallInvalid,
  ToolCallStart,
} from './event.ts';
export { finishReasonOf } from './finish-reason.ts';
export { isJson, isJsonObject, JsonScanner, parseJson, parseJsonObject } from './json-scanner.ts';
export { isLasting, Kept, markLasting, markLikewise } from './lasting.ts';
export {
  type AssistantMessage,
  type Content,
  type ContentPart,
  type Message,
  type SystemMessage,
  sameContent,
  type ToolCall,
  type ToolMessage,
  textOf,
  type UserMessage,
} from './message.ts';
export {
  type Model,
  type ModelRequest,
  type ModelStream,
  modelStream,
  type ResponseFormat,
  type StreamOptions,
  type WireProtocol,
} from './model.ts';
export { nearest } from './nearest.ts';
export type { Note } from './note.ts';
export { type Intent, intend, type Outcome, once, stepUnder } from './once.ts';
export type {
  ReasoningRow,
  ResponseRow,
  ResponsesFound,
  ResponsesWanted,
  SharedReasoning,
  SharedResponses,
  SharedState,
  StateChange,
  UpstreamHint,
  UpstreamHints,
} from './shared-state.ts';
export { TextParts } from './text-parts.ts';
export type { JsonSchema, ToolChoice, ToolDeclaration } from './tool.ts';
export { type CutCall, type Turn, TurnAssembler, type TurnCall, type UnresolvedCall } from './turn.ts';
export { addUsage, costOf, NO_USAGE, type Prices, tokenCount, type Usage } from './usage.ts';
