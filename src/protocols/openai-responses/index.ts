export { storedAnswer } from './encode-response.ts';
export { responsesFront } from './front.ts';
export type { ClientTool, ResponsesReply, ToolKind } from './reply.ts';
export { type StoredNames, storedNamesIn } from './stored-names.ts';
