export type { AnswerEncoder, ErrorReply } from './answer-encoder.ts';
export { clientCallId, modelCallId } from './client-ids.ts';
export type { ClientRequest, DecodeOptions, EncodeOptions, Unsealed } from './client-request.ts';
export { errorHeaders, errorStatus, errorText } from './error-status.ts';
export type { Front } from './front.ts';
export { spoilerOf } from './spoiler.ts';
