import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import type { Agent, Dispatcher } from 'undici';
import { isTextType, typeOf } from './content.ts';
import { guardedAgent } from './guarded-agent.ts';
import { type Body, readBody } from './read-body.ts';
import { HttpRefusal } from './refusal.ts';
import { portOf, type Reach, readTarget } from './target-url.ts';

/** A request as it goes out. */
export interface Outgoing {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What bounds a request. */
export interface FetchLimits {
  readonly reach: Reach;
  readonly lookup?: LookupFunction;
  readonly maxRedirects: number;
  readonly maxBytes: number;
}

/** What came back from where the last redirect led. */
export interface Fetched extends Body {
  readonly url: URL;
  readonly status: number;
  readonly contentType: string;
  readonly redirects: number;
}

const REDIRECTS = [301, 302, 303, 307, 308];
/** Statuses that have no body, whatever their headers say. */
const NO_BODY = [204, 205, 304];

/** Sends a request and follows redirects, each judged like the first URL. Throws sentences for the model. */
export async function fetchText(
  outgoing: Outgoing,
  limits: FetchLimits,
  signal: AbortSignal,
): Promise<Fetched> {
  let url = readTarget(outgoing.url, limits.reach);
  const agent = guardedAgent(limits.reach, limits.lookup);
  try {
    let request = outgoing;
    for (let redirects = 0; ; redirects++) {
      const response = await send(agent, url, request, signal);
      const location = headerOf(response, 'location');
      if (!REDIRECTS.includes(response.statusCode) || location === '') {
        return { url, redirects, ...(await take(response, url, request.method, limits.maxBytes)) };
      }
      if (redirects === limits.maxRedirects) {
        throw new HttpRefusal(`Stopped after ${limits.maxRedirects} redirects, at ${shortened(url)}.`);
      }
      drop(response.body);
      const next = readTarget(location, limits.reach, url);
      request = redirected(request, response.statusCode, url, next);
      url = next;
    }
  } finally {
    // Nothing is kept open for a later call: whatever is connected to is judged anew.
    agent.destroy().catch(() => {});
  }
}

async function send(agent: Agent, url: URL, { method, headers, body }: Outgoing, signal: AbortSignal) {
  const requested = agent.request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: method as Dispatcher.HttpMethod,
    headers,
    signal,
    ...(body !== undefined && { body }),
  });
  // The agent heeds the signal only when it is connected; before that it is left alone, and ended with all the rest.
  let leave = () => {};
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    if (signal.aborted) throw signal.reason;
    return await Promise.race([requested, aborted]);
  } catch (error) {
    requested.then(
      ({ body }) => drop(body),
      () => {},
    );
    throw error instanceof HttpRefusal || signal.aborted ? error : new Error(failure(error, url));
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** The request that a redirect asks for: a GET, but where it says that the same is to be sent again. */
function redirected(request: Outgoing, status: number, from: URL, to: URL): Outgoing {
  if (request.method === 'GET' || request.method === 'HEAD') return request;
  if (status !== 307 && status !== 308) {
    const { 'content-type': _, 'idempotency-key': __, ...headers } = request.headers;
    return { url: request.url, method: 'GET', headers };
  }
  if (from.origin === to.origin) return request;
  throw new HttpRefusal(
    `The server wants the ${request.method} to be sent to another host, ${shortened(to)}, which is not done by itself.`,
  );
}

async function take(
  response: Dispatcher.ResponseData,
  url: URL,
  method: string,
  maxBytes: number,
): Promise<Omit<Fetched, 'url' | 'redirects'>> {
  const { statusCode: status, body } = response;
  const contentType = headerOf(response, 'content-type');
  if (method === 'HEAD' || NO_BODY.includes(status)) {
    drop(body);
    return { status, contentType, bytes: Buffer.alloc(0), more: false };
  }
  const type = typeOf(contentType);
  if (!isTextType(type)) {
    drop(body);
    const size = headerOf(response, 'content-length');
    const long = /^\d+$/.test(size) ? ` of ${size} bytes` : '';
    throw new HttpRefusal(
      `${shortened(url)} is ${type.slice(0, 100)}${long}, which is no text (status ${status}).`,
    );
  }
  try {
    return {
      status,
      contentType,
      ...(await readBody(body, headerOf(response, 'content-encoding'), maxBytes)),
    };
  } catch (error) {
    drop(body);
    throw new Error(failure(error, url));
  }
}

function headerOf({ headers }: Dispatcher.ResponseData, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

/** Closes a body that is not read. */
function drop(body: Readable): void {
  body.on('error', () => {}).destroy();
}

const MEANINGS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be looked up',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the server closed the connection',
  EPIPE: 'the server closed the connection',
  ETIMEDOUT: 'the server did not take the connection in time',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  UND_ERR_CONNECT_TIMEOUT: 'the server did not take the connection in time',
  UND_ERR_SOCKET: 'the server closed the connection',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are too large',
  Z_DATA_ERROR: 'the answer cannot be decompressed',
  Z_BUF_ERROR: 'the compressed answer ends too early',
};

function failure(error: unknown, url: URL): string {
  const { code, message } = error as { code?: string; message?: string };
  const what = (code !== undefined && Object.hasOwn(MEANINGS, code) && MEANINGS[code]) || message || code;
  const named = code !== undefined && what !== code ? ` (${code})` : '';
  return `${url.hostname}:${portOf(url)} could not be read: ${what}${named}.`;
}

function shortened({ href }: URL): string {
  return JSON.stringify(href.length > 200 ? `${href.slice(0, 200)}…` : href);
}
