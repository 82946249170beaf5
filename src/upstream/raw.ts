import { abortedError } from '../core/index.ts';
import { cutShort } from './answer-error.ts';
import type { Response } from './decompress.ts';
import { type Endpoint, endpoint } from './endpoint.ts';
import { requestError, sendRequest } from './http-request.ts';
import { checkOptions, type HttpModelOptions } from './options.ts';
import { readBytes } from './read-bytes.ts';
import { ChunkScrubber, scrubbed, secretsOf } from './scrub.ts';
import { wayTo } from './way.ts';

export interface RawOptions
  extends Pick<
    HttpModelOptions,
    'baseUrl' | 'model' | 'apiKey' | 'headers' | 'silenceMs' | 'connectTimeoutMs' | 'dispatcher' | 'secrets'
  > {
  /** Which of the host's paths is used. For `anthropic-messages` the base URL may or may not end in `/v1`. */
  readonly protocol: 'openai-chat' | 'anthropic-messages';
}

/** The way to a host on which nothing is changed. */
export interface RawSender {
  readonly protocol: 'openai-chat' | 'anthropic-messages';
  /** The model's id on the host, for whoever writes the body. */
  readonly modelId: string;
  /**
   * Sends the text as it is. Throws `PerigeeError`s for failures on the way; a refusal is an answer, from which secrets
   * of the options that the host repeats are taken.
   */
  send(body: string, signal: AbortSignal): Promise<RawResponse>;
}

export interface RawResponse {
  readonly status: number;
  /** Those that say something about the answer, in lower case; none that is about the connection or a session. */
  readonly headers: { readonly [name: string]: string };
  /** The bytes as they come, a compression that was not asked for taken off. Throws `PerigeeError`s. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The version of the protocol that hosts ask for; Anthropic's documentation has no other for Messages. */
const ANTHROPIC_VERSION = '2023-06-01';
const SAFE_HEADER =
  /^(content-type|retry-after|retry-after-ms|x-should-retry|request-id|x-request-id|(x|anthropic)-ratelimit-[\w-]+)$/;

/** Sends bodies to a host as they are. Throws `invalid-options` at once for options that cannot work. */
export function rawUpstream(options: RawOptions): RawSender {
  checkOptions(options);
  const target = targetOf(options);
  const secrets = secretsOf(options);
  const way = wayTo(
    target,
    'POST',
    options.protocol === 'anthropic-messages' ? forMessages(options) : options,
  );
  return {
    protocol: options.protocol,
    modelId: options.model,
    async send(body, signal) {
      try {
        const response = await sendRequest(way, body, signal);
        const answer = bytesOf(response, target.where, signal, secrets);
        const { statusCode: status } = response;
        return {
          status,
          headers: safeHeaders(response.headers),
          body: status < 300 || secrets.length === 0 ? answer : discreet(answer, secrets),
        };
      } catch (error) {
        throw scrubbed(error, secrets);
      }
    },
  };
}

/** Some of these hosts want the key as Anthropic's clients send it, Moonshot as all others do. */
function forMessages(options: RawOptions): RawOptions {
  const apiKey = options.apiKey?.trim();
  const headers = { 'anthropic-version': ANTHROPIC_VERSION, ...(apiKey && { 'x-api-key': apiKey }) };
  return { ...options, headers: { ...headers, ...options.headers } };
}

function targetOf({ baseUrl, protocol }: RawOptions): Endpoint {
  if (protocol === 'openai-chat') return endpoint(baseUrl, 'POST', 'chat/completions');
  const target = endpoint(baseUrl, 'POST', 'v1/messages');
  const path = target.url.pathname.replace(/(\/v1(\/messages)?)\/*\/v1\/messages$/, '/v1/messages');
  target.url.pathname = path;
  return { url: target.url, where: `POST ${target.url.host}${path}` };
}

function safeHeaders(given: Response['headers']): { [name: string]: string } {
  const headers: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (value !== undefined && SAFE_HEADER.test(lower)) headers[lower] = String(value);
  }
  return headers;
}

/** What a host says when it refuses may repeat the key that it was sent; nothing of the model stands in it. */
async function* discreet(
  bytes: AsyncIterable<Uint8Array>,
  secrets: readonly string[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const scrubber = new ChunkScrubber(secrets);
  for await (const part of bytes) yield Buffer.from(scrubber.push(decoder.decode(part, { stream: true })));
  yield Buffer.from(scrubber.push(decoder.decode()) + scrubber.end());
}

/** The bytes of an answer; leaving the loop early closes the connection. */
async function* bytesOf(
  { body }: Response,
  where: string,
  signal: AbortSignal,
  secrets: readonly string[],
): AsyncGenerator<Uint8Array, void, undefined> {
  let whole = false;
  try {
    for await (const bytes of readBytes(body)) {
      if (signal.aborted) throw abortedError(signal);
      yield bytes;
    }
    whole = true;
  } catch (cause) {
    const error = requestError(cause, where, signal);
    const silent = error.code === 'aborted' || error.code === 'silence';
    throw scrubbed(silent ? error : cutShort('because the connection broke', cause), secrets);
  } finally {
    if (!whole) body.on('error', () => {}).destroy();
  }
}
