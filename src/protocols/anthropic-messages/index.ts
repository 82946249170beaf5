export { countTokensResponse } from './count-tokens.ts';
export { decodeMessagesResponse } from './decode-response.ts';
export { createMessagesStreamDecoder } from './decode-stream.ts';
export type { MessagesDialect } from './dialect.ts';
export { encodeMessagesRequest } from './encode-request.ts';
export { messagesFront } from './front.ts';
export type { MessagesReply } from './messages-reply.ts';
export { encodeListedModel, encodeModelsPage, type ListedModel, type ModelsQuery } from './models-page.ts';
