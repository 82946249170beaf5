import { type ErrorCode, PerigeeError, parseJson } from '../../core/index.ts';
import { cleanMessage, type HostError, readHostError } from './host-error.ts';
import { classifyRefusal, type ErrorContext } from './refusal.ts';
import { decodeRetryAfter, type ReadHeader } from './retry-after.ts';

/** A response whose status is not 2xx. */
export interface ErrorResponse {
  readonly status: number;
  /** The body as text; '' if it could not be read. */
  readonly body: string;
  readonly header: ReadHeader;
}

/** Statuses after which the same request may succeed. */
const RETRYABLE = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529]);

type Scrub = NonNullable<ErrorContext['scrub']>;
const same: Scrub = (text) => text;

/** What a failed response means, as the one error to throw: code by the host's type first, then by status. */
export function decodeChatError(response: ErrorResponse, context: ErrorContext): PerigeeError {
  const { status } = response;
  const host = readBody(response.body, context.scrub);
  const { code, remedy } = classifyRefusal(status, host, context, redirection(response, context.scrub));
  const says = host.message === '' ? '' : `: ${host.message}`;
  const retryAfterMs = decodeRetryAfter(response.header, context.now);
  return new PerigeeError(code, `${context.where} answered ${status}${says}`, {
    remedy,
    status,
    retryable: isRetryable(code, status),
    ...(host.types[0] !== undefined && { hostType: host.types[0] }),
    ...(retryAfterMs !== undefined && isRetryable(code, status) && { retryAfterMs }),
  });
}

/** Where a redirection leads, without what may hold a key: a user name or a query. */
function redirection({ header }: ErrorResponse, scrub: Scrub = same): string | undefined {
  const location = header('location')
    ?.split(/[?#]/)[0]
    ?.replace(/\/\/[^/]*@/, '//');
  return location ? cleanMessage(scrub(location)) : undefined;
}

function isRetryable(code: ErrorCode, status: number): boolean {
  switch (code) {
    case 'rate-limited':
    case 'overloaded':
      return true;
    case 'server-error':
      return RETRYABLE.has(status);
    default:
      return false;
  }
}

function readBody(body: string, scrub: Scrub = same): HostError {
  const text = body.trim();
  if (text.startsWith('<')) return { message: htmlTitle(text, scrub), types: [] };
  const json = parseJson(text);
  return readHostError(json === undefined ? text : json, scrub);
}

/** Characters of a page in which its title is looked for. */
const PAGE_HEAD = 16 * 1024;

/** The title of a web page that came instead of JSON, in quotes, else `a web page`. */
export function htmlTitle(page: string, scrub: Scrub = same): string {
  const title = cleanMessage(scrub(/<title[^>]*>([^<]*)/i.exec(page.slice(0, PAGE_HEAD))?.[1] ?? ''));
  return title === '' ? 'a web page' : `a web page titled "${title}"`;
}
