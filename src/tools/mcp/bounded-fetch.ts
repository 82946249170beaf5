import { parseJsonObject } from '../../core/index.ts';

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** How the answer begins that stands in for one that never came. */
export const BROKEN = 'The connection broke: ';

/**
 * A fetch for MCP over HTTP that no server can fill the memory with, and in which a stream that breaks before it has
 * answered is an answer too: by itself the SDK would wait for it until the call's time is over.
 */
export function boundedFetch(fetch: Fetch, maxMessageBytes: number): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (response.body === null) return response;
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    const id = isStream && init?.method === 'POST' ? requestId(init.body) : undefined;
    const body = watched(response.body, maxMessageBytes, isStream, id);
    const { status, statusText, headers } = response;
    const passedOn = new Response(body, { status, statusText, headers });
    // Redirects are judged by where an answer came from, which a new Response does not know.
    Object.defineProperty(passedOn, 'url', { value: response.url });
    Object.defineProperty(passedOn, 'type', { value: response.type });
    return passedOn;
  };
}

function requestId(body: unknown): string | number | undefined {
  const message = parseJsonObject(String(body));
  const id = message !== undefined && 'method' in message ? message['id'] : undefined;
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}

/** Passes a body on. `id`: of the request that it is to answer. */
function watched(
  body: ReadableStream<Uint8Array>,
  limit: number,
  isStream: boolean,
  id: string | number | undefined,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  let isResumable = false;
  const end = (control: ReadableStreamDefaultController<Uint8Array>, why: Error | undefined) => {
    if (id !== undefined && !isResumable) {
      const message = why?.message ?? 'the stream ended without an answer';
      const answer = { jsonrpc: '2.0', id, error: { code: -32000, message: BROKEN + message } };
      control.enqueue(new TextEncoder().encode(`\n\ndata: ${JSON.stringify(answer)}\n\n`));
      control.close();
    } else if (why) control.error(why);
    else control.close();
  };
  return new ReadableStream({
    async pull(control) {
      try {
        const { done, value } = await reader.read();
        if (done) return end(control, undefined);
        // What counts is one message: a stream of many may be as long as it likes.
        const lineEnd = isStream ? value.lastIndexOf(0x0a) : -1;
        bytes = lineEnd < 0 ? bytes + value.length : value.length - lineEnd - 1;
        if (bytes > limit) {
          void reader.cancel().catch(() => {});
          return end(control, new Error(`it sent a message of more than ${limit} bytes`));
        }
        if (isStream && id !== undefined && /(^|\n)id:/.test(Buffer.from(value).toString('latin1')))
          isResumable = true;
        control.enqueue(value);
      } catch (error) {
        end(control, error instanceof Error ? error : new Error(String(error)));
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
