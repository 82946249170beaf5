import { CallIds, type Model } from '../core/index.ts';
import { type ChatDialect, encodeChatRequest } from '../protocols/index.ts';
import { httpModel } from './http-model.ts';
import type { HttpModelOptions } from './options.ts';
import { chatWire } from './parsing.ts';

export interface OpenAiChatOptions extends HttpModelOptions {
  /** How the host reads requests. Default: the plain protocol. */
  readonly dialect?: ChatDialect;
  /** The host sends reasoning as content and its prompt opened it, so content begins inside. Default false. */
  readonly startInReasoning?: boolean;
}

/**
 * A model behind `POST {baseUrl}/chat/completions`, always streamed. Calls that the host left in the text are
 * found there, ids never repeat one of the conversation. A stream without `[DONE]` counts as whole once its finish
 * reason was seen; otherwise it is `stream-cut`. Throws `invalid-options` at once for options that
 * cannot work; all else comes out of the stream.
 */
export function openaiChat(options: OpenAiChatOptions): Model {
  const { model, format, dialect, startInReasoning, extraBody } = options;
  return httpModel('chat/completions', options, (request, context) => ({
    body: {
      model,
      ...encodeChatRequest({ ...request, extra: { ...extraBody, ...request.extra } }, dialect),
      stream_options: { include_usage: true },
    },
    wire: chatWire(
      {
        tools: request.tools ?? [],
        ids: CallIds.of(request.messages),
        ...(format && { format }),
        ...(startInReasoning !== undefined && { startInReasoning }),
      },
      context,
    ),
  }));
}
