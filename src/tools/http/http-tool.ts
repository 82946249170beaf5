import type { LookupFunction } from 'node:net';
import { type ToolContext, tool } from '../../agent/index.ts';
import { PerigeeError } from '../../core/index.ts';
import { decode, readable, typeOf } from './content.ts';
import { type Fetched, fetchText, type Outgoing } from './fetch-text.ts';
import { readReach } from './target-url.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const MAX_BODY = 1_000_000;

/** What `http_fetch` may reach, and its limits. */
export interface HttpToolOptions {
  /** Default `['GET']`. With others than GET and HEAD the tool is no longer read-only. */
  readonly methods?: readonly (typeof METHODS)[number][];
  /** `host:port` that may be reached although its address is not public or its port not usual; default none. */
  readonly allow?: readonly string[];
  /** Default 80 and 443. */
  readonly ports?: readonly number[];
  /** Milliseconds for all of it, redirects and body included; default 20,000. */
  readonly timeoutMs?: number;
  /** Bytes of a body that are read, decompressed; default 2 MiB. */
  readonly maxBytes?: number;
  /** Characters that one answer shows; default 40,000. */
  readonly maxCharacters?: number;
  /** Default 5. */
  readonly maxRedirects?: number;
  /** The user-agent header; default `perigee`. */
  readonly userAgent?: string;
  /** How names become addresses, as `net.connect` takes it; what it gives is judged all the same. Default the system's. */
  readonly lookup?: LookupFunction;
}

/** What `http_fetch` is given; the last three only where the tool has such methods. */
export interface HttpFetchInput {
  readonly url: string;
  readonly raw?: boolean;
  /** Characters of the text to pass over; default 0. */
  readonly start?: number;
  readonly method?: (typeof METHODS)[number];
  readonly body?: string;
  readonly content_type?: string;
}

/** What `http_fetch` answers. */
export interface FetchedText {
  /** Where the text is from, redirects followed. */
  readonly url: string;
  readonly status: number;
  readonly content_type?: string;
  readonly title?: string;
  readonly text: string;
  /** What is missing, if anything. */
  readonly truncated?: string;
}

/**
 * A tool that fetches a URL as text, from public hosts alone: what is private, loopback, link-local or otherwise not
 * of the public internet is refused by the address that is connected to, after redirects as well. It goes there
 * directly; a proxy of the environment is not used. Throws a `PerigeeError` with code `invalid-options`.
 */
export function httpTool(options: HttpToolOptions = {}) {
  const {
    methods = ['GET'],
    timeoutMs = 20_000,
    maxBytes = 2 * 1024 * 1024,
    maxCharacters = 40_000,
  } = options;
  const { maxRedirects = 5, userAgent = 'perigee', lookup } = options;
  for (const [name, value] of Object.entries({ timeoutMs, maxBytes, maxCharacters }))
    checkCount(name, value, 1);
  checkCount('maxRedirects', maxRedirects, 0);
  const first = methods[0];
  if (first === undefined || methods.some((method) => !METHODS.includes(method))) {
    throw invalid(`methods are ${JSON.stringify(methods)}`, `Give some of ${METHODS.join(', ')}.`);
  }
  const reach = readReach(options.allow ?? [], options.ports ?? [80, 443]);
  const limits = { reach, maxRedirects, maxBytes, ...(lookup && { lookup }) };
  return tool({
    description:
      'Fetches a URL of the public internet as text: HTML as readable text, JSON indented, other text as it is. ' +
      'Private and local addresses are refused.',
    inputSchema: {
      type: 'object',
      properties: {
        url: { type: 'string', description: 'A whole http or https URL.', minLength: 1 },
        raw: {
          type: 'boolean',
          description: 'The text as the server sent it, HTML included. Default false.',
        },
        start: {
          type: 'integer',
          minimum: 0,
          description: 'Characters to pass over, to go on in a long text.',
        },
        ...(methods.length > 1 || first !== 'GET' ? sending(methods) : {}),
      },
      required: ['url'],
      additionalProperties: false,
    },
    readOnly: methods.every((method) => method === 'GET' || method === 'HEAD'),
    async execute(input: HttpFetchInput, context: ToolContext): Promise<FetchedText> {
      const outgoing = outgoingOf({ method: first, ...input }, userAgent, context.idempotencyKey);
      const clock = new AbortController();
      const stop = () => clock.abort(context.signal.reason);
      context.signal.addEventListener('abort', stop, { once: true });
      if (context.signal.aborted) stop();
      const late = new Error(
        `${JSON.stringify(input.url.slice(0, 200))} took longer than ${timeoutMs / 1000} seconds.`,
      );
      const timer = setTimeout(() => clock.abort(late), timeoutMs);
      try {
        return shown(await fetchText(outgoing, limits, clock.signal), input, maxCharacters, maxBytes);
      } catch (error) {
        throw clock.signal.aborted ? clock.signal.reason : error;
      } finally {
        clearTimeout(timer);
        context.signal.removeEventListener('abort', stop);
      }
    },
  });
}

function sending(methods: readonly string[]) {
  return {
    method: { type: 'string', enum: methods, description: `Default ${methods[0]}.` },
    body: { type: 'string', description: 'What is sent.', maxLength: MAX_BODY },
    content_type: {
      type: 'string',
      description: 'The type of the body. Default application/json.',
      maxLength: 200,
    },
  };
}

function outgoingOf(input: HttpFetchInput, userAgent: string, idempotencyKey: string): Outgoing {
  const { url, method = 'GET', body, content_type = 'application/json' } = input;
  const reads = method === 'GET' || method === 'HEAD';
  if (reads && body !== undefined)
    throw new Error(`A ${method} has no body. Leave it out, or give another method.`);
  if (/[^\x20-\x7e]/.test(content_type))
    throw new Error('content_type has characters that a header cannot have.');
  const headers = {
    'user-agent': userAgent,
    accept: 'text/html, application/json, text/*;q=0.9, */*;q=0.1',
    'accept-encoding': 'gzip, deflate, br',
    ...(!reads && { 'idempotency-key': idempotencyKey.replace(/[^\x21-\x7e]/g, '_') }),
    ...(body !== undefined && { 'content-type': content_type }),
  };
  return { url, method, headers, ...(body !== undefined && { body }) };
}

function shown(
  { url, status, contentType, bytes, more }: Fetched,
  { raw = false, start = 0 }: HttpFetchInput,
  maxCharacters: number,
  maxBytes: number,
): FetchedText {
  const type = typeOf(contentType);
  const decoded = decode(bytes, contentType, more);
  const { text, title } = raw ? { text: decoded, title: undefined } : readable(decoded, type, url);
  const end = start + maxCharacters;
  const missing: string[] = [];
  if (start > 0 && start >= text.length) missing.push(`The text has ${text.length} characters.`);
  else if (end < text.length)
    missing.push(`The text has ${text.length} characters; go on with start ${end}.`);
  if (more) missing.push(`Only the first ${maxBytes} bytes of the answer were read.`);
  return {
    url: url.href,
    status,
    ...(contentType !== '' && { content_type: contentType.slice(0, 200) }),
    ...(title !== undefined && { title }),
    text: text.slice(start, end),
    ...(missing.length > 0 && { truncated: missing.join(' ') }),
  };
}

function checkCount(name: string, value: number, from: number): void {
  if (!Number.isInteger(value) || value < from)
    throw invalid(`${name} is ${value}`, `Give a whole number from ${from}.`);
}

function invalid(what: string, remedy: string): PerigeeError {
  return new PerigeeError('invalid-options', `httpTool: ${what}.`, { remedy });
}
