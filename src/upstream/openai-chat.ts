import { CallIds, type Model } from '../core/index.ts';
import { createReparser, type Reparser } from '../formats/index.ts';
import { type ChatDialect, encodeChatRequest } from '../protocols/index.ts';
import {
  ChatContinuation,
  continuationsFor,
  encodeBehind,
  type FinalMessage,
  writesNatively,
} from './continuation/index.ts';
import { httpModel } from './http-model.ts';
import type { HttpModelOptions } from './options.ts';
import { chatWire, tellsLeaks } from './parsing.ts';
import { unopenedReasoning } from './unopened-reasoning.ts';

export interface OpenAiChatOptions extends HttpModelOptions {
  /** How the host reads requests. Default: the plain protocol. */
  readonly dialect?: ChatDialect;
  /**
   * The host sends reasoning as content and its prompt opened it, so content begins inside, unless the request switches
   * thinking off. Default false.
   */
  readonly startInReasoning?: boolean;
  /**
   * How the host goes on with an answer that ended inside a call. Only models that write their calls as Kimi's K2 family
   * does are gone on with. Default: it cannot.
   */
  readonly continuation?: FinalMessage;
}

/**
 * A model behind `POST {baseUrl}/chat/completions`, always streamed. Calls that the host left in the text are
 * found there, ids never repeat one of the conversation. A stream without `[DONE]` counts as whole once its finish
 * reason was seen; otherwise it is `stream-cut`. Throws `invalid-options` at once for options that
 * cannot work; all else comes out of the stream.
 */
export function openaiChat(options: OpenAiChatOptions): Model {
  const { model, format, dialect, startInReasoning, extraBody } = options;
  const kind = writesNatively(model, format) ? options.continuation : undefined;
  const isRaw = format !== undefined || startInReasoning === true;
  return httpModel('chat/completions', options, (request, context, onNote) => {
    const asked = extraBody ? { ...request, extra: { ...extraBody, ...request.extra } } : request;
    const body = () => encodeChatRequest(asked, dialect, { model });
    const begun = startInReasoning === true && request.thinking !== 'off';
    const parsing = {
      tools: request.tools ?? [],
      startInReasoning: begun,
      ...(format && { format }),
      ...(!isRaw && tellsLeaks(onNote)),
    };
    const wire = (stage: Reparser) => chatWire(parsing, context, begun ? unopenedReasoning(stage) : stage);
    if (kind === undefined) {
      return { body, wire: wire(createReparser({ ...parsing, ids: CallIds.of(request.messages) })) };
    }
    const continuation = new ChatContinuation({
      request,
      parsing,
      options: continuationsFor(request, options.continuations),
      contextWindow: options.contextWindow,
      wire,
      body,
      bodyBehind: (reasoning, written, maxTokens) => ({
        model,
        ...encodeBehind({ ...asked, maxTokens }, reasoning, written, kind, model, dialect),
      }),
    });
    const first = continuation.first();
    return { body: first.body, wire: first.wire, continuation };
  });
}
