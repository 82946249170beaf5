import { CallIds, type Model, type ModelRequest } from '../core/index.ts';
import { encodeMessagesRequest, type MessagesDialect } from '../protocols/index.ts';
import { httpModel } from './http-model.ts';
import { checkApiKey, type HttpModelOptions } from './options.ts';
import { messagesWire, tellsLeaks } from './parsing.ts';

export interface AnthropicMessagesOptions extends HttpModelOptions {
  /** How the host reads requests. Default: as Kimi's hosts do. */
  readonly dialect?: MessagesDialect;
  /** Tokens of an answer where the request sets no limit; the protocol wants one. Default 32_768. */
  readonly maxTokens?: number;
  /**
   * Where the key goes. Moonshot wants `authorization` (`Bearer …`), Anthropic's own clients send `x-api-key`.
   * Default: both, so that any host finds it.
   */
  readonly keyHeader?: 'authorization' | 'x-api-key' | 'both';
}

const VERSION = '2023-06-01';

/**
 * A model behind `POST {baseUrl}/v1/messages` of an Anthropic-compatible host, always streamed; the base URL may end in
 * `/v1` or, as Anthropic's clients want it, before that. Calls that the host left in the text are found there, ids never
 * repeat one of the conversation. Throws `invalid-options` at once for options that cannot work; all else comes out of
 * the stream.
 */
export function anthropicMessages(options: AnthropicMessagesOptions): Model {
  const { model, format, dialect, maxTokens = 32_768, extraBody, keyHeader = 'both' } = options;
  // Here, because not every way of sending the key shows it to `httpModel`.
  checkApiKey(options.apiKey);
  const { apiKey: _, ...rest } = options;
  const apiKey = options.apiKey?.trim() ?? '';
  const asked: HttpModelOptions = {
    ...(keyHeader === 'x-api-key' ? rest : options),
    baseUrl: withVersion(options.baseUrl),
    headers: {
      'anthropic-version': VERSION,
      ...(keyHeader !== 'authorization' && apiKey !== '' && { 'x-api-key': apiKey }),
      ...options.headers,
    },
  };
  return httpModel('messages', asked, (request, context, onNote) => ({
    body: () => ({
      model,
      max_tokens: maxTokens,
      ...encodeMessagesRequest({ ...request, ...withExtra(request, extraBody) }, dialect),
    }),
    wire: messagesWire(
      {
        tools: request.tools ?? [],
        ids: CallIds.of(request.messages),
        ...(format ? { format } : tellsLeaks(onNote)),
      },
      context,
    ),
  }));
}

/** What the request adds to the body, the model's own additions under it; none that is meant for another protocol. */
function withExtra(
  { extra, extraProtocol = 'anthropic-messages' }: ModelRequest,
  extraBody: HttpModelOptions['extraBody'],
): Pick<ModelRequest, 'extra' | 'extraProtocol'> {
  const own = extraProtocol === 'anthropic-messages' ? extra : {};
  return { extra: { ...extraBody, ...own }, extraProtocol: 'anthropic-messages' };
}

/** The base URL up to `/v1`; what is no URL is left to `endpoint`, which says so. */
function withVersion(baseUrl: string): string {
  if (!URL.canParse(baseUrl)) return baseUrl;
  const url = new URL(baseUrl);
  const path = url.pathname.replace(/\/+$/, '').replace(/\/messages$/, '');
  url.pathname = /\/v\d+$/.test(path) ? path : `${path}/v1`;
  return url.href;
}
