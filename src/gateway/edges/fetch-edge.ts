import { shown } from '../answers/refuse.ts';
import { serve } from '../routes/serve.ts';
import type { Runtime } from '../runtime.ts';
import type { Arrival, BodyLimits } from './arrival.ts';
import { FetchSink } from './fetch-sink.ts';
import { inflate, tooLarge, tooSlow } from './inflate.ts';

type Done = Parameters<Arrival['readBody']>[1];

/** The thin edge: a `Request` in, its `Response` out, without a socket. Rejects only as `fetch` does, when aborted. */
export function handleFetch(runtime: Runtime, request: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { signal } = request;
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const sink = new FetchSink(resolve);
    signal.addEventListener('abort', () => {
      reject(signal.reason);
      sink.close(signal.reason);
    });
    const { pathname, search } = new URL(request.url);
    const arrival: Arrival = {
      method: request.method,
      target: pathname + search,
      headers: Object.fromEntries(request.headers),
      readBody: (limits, done) => void readFetchBody(request, limits, done),
      sink,
    };
    serve(runtime, arrival);
  });
}

async function readFetchBody(request: Request, limits: BodyLimits, done: Done): Promise<void> {
  const read = await readBytes(request, limits);
  if (read instanceof Uint8Array) {
    inflate(read, request.headers.get('content-encoding') ?? undefined, limits.bytes, done);
  } else {
    done(read);
  }
}

async function readBytes(request: Request, { bytes, milliseconds }: BodyLimits) {
  const reader = request.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    reader.cancel().catch(() => {});
  }, milliseconds);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (late) return tooSlow(milliseconds);
      // A copy in any case: a stream may use its bytes again, and bodies are kept.
      if (done) return Buffer.concat(chunks, length);
      length += value.byteLength;
      if (length > bytes) {
        reader.cancel().catch(() => {});
        return tooLarge(bytes);
      }
      chunks.push(value);
    }
  } catch (error) {
    return shown(error);
  } finally {
    clearTimeout(timer);
  }
}
