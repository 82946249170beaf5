import type { Front } from '../front/index.ts';
import { decodeResponsesRequest } from './decode-request.ts';
import { encodeResponsesError } from './encode-error.ts';
import { encodeResponsesResponse } from './encode-response.ts';
import { createResponsesEncoder } from './encode-stream.ts';
import type { ResponsesReply } from './reply.ts';

/** OpenAI's Responses API, as a server: Codex, the OpenAI SDKs, @openai/agents and the AI SDK speak it. */
export const responsesFront: Front<ResponsesReply> = {
  protocol: 'openai-responses',
  requestIdHeader: 'x-request-id',
  decodeRequest: decodeResponsesRequest,
  createEncoder: createResponsesEncoder,
  encodeResponse: encodeResponsesResponse,
  encodeError: encodeResponsesError,
};
