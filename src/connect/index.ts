export { type Address, choiceOf, gatewayAddress, type ListedModel, otherAddress, titleOf } from './choice.ts';
export { NO_SECRET, PLACEHOLDER, shellWord } from './clients/pieces.ts';
export { CLIENTS, clientNamed, nearestClient } from './clients.ts';
export { diffLines, masked } from './diff.ts';
export { type PreparedFile, prepareFiles } from './files/prepare.ts';
export { type Undone, undoWrite, writeFiles } from './files/write.ts';
export { merged, printed } from './merge/merge.ts';
export type { MergeRules } from './merge/plan.ts';
export type { JsonTable, JsonValue } from './merge/value.ts';
export { placesOf, type System } from './places.ts';
export type {
  ClientProtocol,
  ClientSetup,
  FileFormat,
  KeySource,
  PlatformPlaces,
  RequestHabits,
  SetupChoice,
  SetupFile,
} from './setup.ts';
export { judgeAnswer, judgeCall, type Problem } from './trial/judge.ts';
export { trialReader } from './trial/read-answer.ts';
export type { TrialReader } from './trial/reader.ts';
export { type TrialAnswer, type TrialRequest, trialRequest } from './trial/request.ts';
