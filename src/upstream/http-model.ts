import {
  lazily,
  type Model,
  type ModelRequest,
  modelStream,
  type StreamEvent,
  type StreamOptions,
} from '../core/index.ts';
import type { ErrorContext } from '../protocols/index.ts';
import type { AnswerWire } from './answer-machine.ts';
import { AnswerStream, type TextObserver } from './answer-stream.ts';
import { writeBody } from './body-text.ts';
import { type Continuation, continued } from './continuation/index.ts';
import { endpoint } from './endpoint.ts';
import { errorContext } from './error-context.ts';
import { failedResponse } from './failed-response.ts';
import { checkOptions, type HttpModelOptions } from './options.ts';
import { retrying } from './retrying.ts';
import { ChunkScrubber, scrubbed, secretsOf } from './scrub.ts';
import { type Way, wayTo } from './way.ts';

const STREAMED = { stream: true };

/** One request, ready to be sent, and the reader of its answer. */
export interface Exchange {
  /** All but what every streaming request has; a new object, which that is added to. */
  body(): Record<string, unknown>;
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
  const way = wayTo(target, 'POST', options);
  const secrets = secretsOf(options);
  const model: Model = {
    id: options.model,
    ...(options.prices && { prices: options.prices }),
    ...(options.contextWindow !== undefined && { contextWindow: options.contextWindow }),
    stream: (request, streamOptions = {}) =>
      modelStream(() =>
        lazily(() => {
          try {
            const exchange = prepare(request, context, streamOptions.onNote);
            return answer(way, options, secrets, exchange, streamOptions);
          } catch (error) {
            throw scrubbed(error, secrets);
          }
        }),
      ),
  };
  return retrying(model, options);
}

/** The answer; no secret of the options stands in its error or in the wire text that it shows. */
function answer(
  way: Way,
  options: HttpModelOptions,
  secrets: readonly string[],
  exchange: Exchange,
  { signal, onRawChunk, onNote }: StreamOptions,
): AsyncIterable<readonly StreamEvent[]> {
  const send = ({ body, wire }: Pick<Exchange, 'body' | 'wire'>) =>
    new AnswerStream({
      way,
      text: () => writeBody(Object.assign(body(), wire.protocol.streamed, STREAMED), way.where),
      wire,
      signal,
      observer: onRawChunk && discreet(onRawChunk, secrets),
      refused: (response) => failedResponse(response, way.where, options, signal),
      scrub: (error) => scrubbed(error, secrets),
    });
  const { continuation } = exchange;
  return continuation ? continued(exchange, continuation, send, onNote) : send(exchange);
}

/** Shows the wire text without secrets. */
function discreet(onRawChunk: (chunk: string) => void, secrets: readonly string[]): TextObserver {
  const scrubber = new ChunkScrubber(secrets);
  const show = (text: string) => {
    if (text !== '') onRawChunk(text);
  };
  return { push: (text) => show(scrubber.push(text)), end: () => show(scrubber.end()) };
}
