import type { Front } from '../front/index.ts';
import { decodeMessagesRequest } from './decode-request.ts';
import { encodeMessagesError } from './encode-error.ts';
import { encodeMessagesResponse } from './encode-response.ts';
import { createMessagesEncoder } from './encode-stream.ts';
import type { MessagesReply } from './messages-reply.ts';

/** The server side of Anthropic's Messages API. */
export const messagesFront: Front<MessagesReply> = {
  protocol: 'anthropic-messages',
  requestIdHeader: 'request-id',
  decodeRequest: decodeMessagesRequest,
  createEncoder: createMessagesEncoder,
  encodeResponse: encodeMessagesResponse,
  encodeError: encodeMessagesError,
};
