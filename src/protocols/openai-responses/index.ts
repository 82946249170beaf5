export { compactFront } from './compact-front.ts';
export { configurationIn, withConfiguration, withoutConfiguration } from './configuration.ts';
export { storedConversation } from './encode-response.ts';
export { responsesFront } from './front.ts';
export { inputTokensResponse } from './input-tokens.ts';
export { encodeItemsPage, type ItemsQuery } from './items-page.ts';
export type { ClientTool, ResponsesReply, ToolKind } from './reply.ts';
export { type StoredNames, storedNamesIn } from './stored-names.ts';
