import { type Dispatcher, request } from 'undici';
import { parseJson } from '../../core/index.ts';
import { isSystemError, UsageError } from '../failure.ts';
import { proxyFor } from '../proxy.ts';

/** Bytes of an answer that are read. */
const LONGEST = 4 * 1024 * 1024;

export interface JsonAnswer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  /** undefined: what came was no JSON. */
  readonly json: unknown;
}

/** One GET request, bounded in time and length. Throws the system's error when nothing answers. */
export async function getJson(
  url: string,
  key: string | undefined,
  timeoutMs: number,
  environment: NodeJS.ProcessEnv,
): Promise<JsonAnswer> {
  const proxy = proxyFor(new URL(url), environment);
  const signal = AbortSignal.timeout(timeoutMs);
  const { statusCode, headers, body } = await request(url, {
    headers: { accept: 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) },
    signal,
    ...(proxy && { dispatcher: proxy.dispatcher }),
  });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST) break;
    chunks.push(chunk);
  }
  return { status: statusCode, headers, json: parseJson(Buffer.concat(chunks).toString('utf8')) };
}

/** What is left on base URLs that were copied from an example of a request. */
const API_PATH = /\/(chat\/completions|completions|messages|responses|models)$/;

/** A URL that an option gives, without the path of a request; throws `UsageError` that says what is wrong. */
export function urlOf(flag: string, text: string): string {
  if (/^https?:\/\/[^/]/i.test(text) && URL.canParse(text))
    return text.replace(/\/+$/, '').replace(API_PATH, '');
  const meant = /^[\w.-]+(:\d+)?(\/\S*)?$/.test(text) ? ` Did you mean http://${text}?` : '';
  throw new UsageError(`${flag} ${text} is not a URL that begins with http:// or https://.${meant}`);
}

/** Why nothing answered, in a few words. */
export function whyNot(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  const name = (error as Error).name;
  if (name === 'TimeoutError' || name === 'AbortError') return 'it did not answer in time';
  const { code, message, cause } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException };
  const words: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'the name of the host is unknown',
    EAI_AGAIN: 'the name of the host could not be looked up',
    ECONNRESET: 'the connection was closed without an answer',
    UND_ERR_SOCKET: 'the connection was closed without an answer',
    UND_ERR_CONNECT_TIMEOUT: 'it did not take the connection in time',
    UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
    UND_ERR_BODY_TIMEOUT: 'it fell silent',
    ETIMEDOUT: 'it did not take the connection in time',
    EHOSTUNREACH: 'the host cannot be reached',
    ENETUNREACH: 'the network cannot be reached',
  };
  const found = code ?? cause?.code;
  if (found !== undefined && words[found]) return words[found];
  return isSystemError(error) || found ? `${message || found}` : message || 'it failed';
}
