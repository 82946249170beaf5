export { countTokensResponse } from './count-tokens.ts';
export { messagesFront } from './front.ts';
export type { MessagesReply } from './messages-reply.ts';
export { encodeListedModel, encodeModelsPage, type ListedModel, type ModelsQuery } from './models-page.ts';
