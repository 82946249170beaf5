import type { Front } from '../front/index.ts';
import type { ChatReply } from './chat-reply.ts';
import { decodeChatRequest } from './decode-request.ts';
import { encodeChatError } from './encode-error.ts';
import { encodeChatResponse } from './encode-response.ts';
import { createChatEncoder } from './encode-stream.ts';

/** OpenAI Chat Completions, for clients. Reasoning goes out and comes back as `reasoning_content`, Kimi's own field. */
export const chatFront: Front<ChatReply> = {
  protocol: 'openai-chat',
  requestIdHeader: 'x-request-id',
  decodeRequest: decodeChatRequest,
  createEncoder: createChatEncoder,
  encodeResponse: encodeChatResponse,
  encodeError: encodeChatError,
};
