import {
  abortedError,
  type Model,
  type ModelRequest,
  modelStream,
  PerigeeError,
  type StreamEvent,
  type StreamOptions,
} from '../core/index.ts';
import type { ErrorContext } from '../protocols/index.ts';
import { cutShort } from './answer-error.ts';
import { AnswerMachine, type AnswerWire } from './answer-machine.ts';
import { type Continuation, continued } from './continuation/index.ts';
import type { Response } from './decompress.ts';
import { type Endpoint, endpoint } from './endpoint.ts';
import { errorContext } from './error-context.ts';
import { failedResponse } from './failed-response.ts';
import { requestError, sendRequest } from './http-request.ts';
import { checkOptions, type HttpModelOptions, jsonOf } from './options.ts';
import { readBytes } from './read-bytes.ts';
import { retrying } from './retrying.ts';
import { ChunkScrubber, scrubbed, secretsOf } from './scrub.ts';

/** Milliseconds that a connection may take to end after `[DONE]` before it is given up. */
const LINGER_MS = 1000;
/** Milliseconds that the stream waits for that end, so that the next request finds the connection free. */
const GRACE_MS = 25;

/** One request, ready to be sent, and the reader of its answer. */
export interface Exchange {
  /** All but what every streaming request has. */
  readonly body: Record<string, unknown>;
  readonly wire: AnswerWire;
  /** Fetches the rest where the answer ends too early. */
  readonly continuation?: Continuation;
}

/** A Model over HTTP; `prepare` is all that differs from protocol to protocol. */
export function httpModel(
  path: string,
  options: HttpModelOptions,
  prepare: (request: ModelRequest, context: ErrorContext, onNote: StreamOptions['onNote']) => Exchange,
): Model {
  checkOptions(options);
  const target = endpoint(options.baseUrl, 'POST', path);
  const context = errorContext(target.where, options);
  const model: Model = {
    id: options.model,
    ...(options.prices && { prices: options.prices }),
    ...(options.contextWindow !== undefined && { contextWindow: options.contextWindow }),
    stream: (request, streamOptions = {}) =>
      modelStream(() =>
        discreet(target, options, () => prepare(request, context, streamOptions.onNote), streamOptions),
      ),
  };
  return retrying(model, options);
}

/** The answer; no secret of the options stands in its error or in the wire text that it shows. */
async function* discreet(
  target: Endpoint,
  options: HttpModelOptions,
  prepare: () => Exchange,
  { onRawChunk, ...streamOptions }: StreamOptions,
): AsyncGenerator<readonly StreamEvent[], void, undefined> {
  const secrets = secretsOf(options);
  const scrubber = new ChunkScrubber(secrets);
  const show = (text: string) => {
    if (text !== '') onRawChunk?.(text);
  };
  const observed = onRawChunk && { onRawChunk: (chunk: string) => show(scrubber.push(chunk)) };
  const send = (part: Exchange) => answer(target, options, part, { ...streamOptions, ...observed });
  try {
    const exchange = prepare();
    const { continuation } = exchange;
    const batches = continuation
      ? continued(exchange, continuation, send, streamOptions.onNote)
      : send(exchange);
    for await (const batch of batches) yield batch;
  } catch (error) {
    throw scrubbed(error, secrets);
  } finally {
    show(scrubber.end());
  }
}

async function* answer(
  target: Endpoint,
  options: HttpModelOptions,
  { body, wire }: Exchange,
  { signal, onRawChunk }: StreamOptions,
): AsyncGenerator<readonly StreamEvent[], void, undefined> {
  if (signal?.aborted) throw abortedError(signal);
  const text = jsonOf({ ...body, ...wire.protocol.streamed, stream: true });
  if (text === undefined) {
    throw new PerigeeError('invalid-request', `${target.where}: the request cannot be written as JSON.`, {
      remedy: 'Take cycles and BigInts out of its messages, tools and extra fields.',
    });
  }
  const response = await sendRequest(target, 'POST', text, options, signal);
  if (response.statusCode < 200 || response.statusCode > 299) {
    const error = await failedResponse(response, target.where, options, signal);
    throw signal?.aborted ? abortedError(signal) : error;
  }
  const machine = new AnswerMachine(wire, target.where);
  let whole = false;
  let begun = false;
  try {
    for await (const chunk of decodedChunks(response, target.where, signal)) {
      if (typeof chunk === 'string') onRawChunk?.(chunk);
      const step = typeof chunk === 'string' ? machine.push(chunk) : machine.breakOff(chunk);
      whole = machine.done && !step.error;
      if (step.events.length > 0 || (machine.begun && !begun)) {
        begun = true;
        yield step.events;
      }
      if (step.error) throw step.error;
      if (whole) {
        await settled(response);
        return;
      }
    }
    const step = machine.end();
    if (step.events.length > 0) yield step.events;
    if (step.error) throw step.error;
  } finally {
    release(response, whole);
  }
}

/** The text of a response as it arrives; last, if the way broke, the error. Throws when it was cancelled. */
async function* decodedChunks(
  { body }: Response,
  where: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<string | PerigeeError, void, undefined> {
  const decoder = new TextDecoder();
  let begun = false;
  try {
    for await (const bytes of readBytes(body)) {
      if (signal?.aborted) throw abortedError(signal);
      begun = true;
      const text = decoder.decode(bytes, { stream: true });
      if (text !== '') yield text;
    }
    const rest = decoder.decode();
    if (rest !== '') yield rest;
  } catch (cause) {
    const error = requestError(cause, where, signal);
    if (error.code === 'aborted') throw error;
    yield begun && error.code !== 'silence' ? cutShort('because the connection broke', cause) : error;
  }
}

/** After a whole answer the connection is kept for the next request, otherwise it is closed. */
function release({ body }: Response, whole: boolean): void {
  body.on('error', () => {});
  if (!whole) {
    body.destroy();
    return;
  }
  if (body.closed) return;
  body.resume();
  const timer = setTimeout(() => body.destroy(), LINGER_MS);
  body.on('close', () => clearTimeout(timer));
}

function settled({ body }: Response): Promise<void> {
  return new Promise((resolve) => {
    if (body.closed) return resolve();
    const timer = setTimeout(resolve, GRACE_MS);
    body.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
