import type { IncomingMessage, ServerResponse } from 'node:http';
import { serve } from '../routes/serve.ts';
import type { Runtime } from '../runtime.ts';
import type { Arrival, BodyLimits } from './arrival.ts';
import { readNodeBody } from './node-body.ts';
import { NodeSink } from './node-sink.ts';

/**
 * The fast edge: requests of a `node:http` server, answers written to its responses. `awaitsContinue`: the client sends
 * its body once it is told to, and nobody told it.
 */
export function handleNode(
  runtime: Runtime,
  request: IncomingMessage,
  response: ServerResponse,
  { awaitsContinue = false } = {},
): void {
  const arrival = new NodeArrival(runtime, request, response);
  arrival.sink.bodyIsHeldBack = awaitsContinue;
  serve(runtime, arrival);
}

class NodeArrival implements Arrival {
  readonly method: string;
  readonly target: string;
  readonly headers: Arrival['headers'];
  readonly sink: NodeSink;
  readonly #runtime: Runtime;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(runtime: Runtime, request: IncomingMessage, response: ServerResponse) {
    this.method = request.method ?? 'GET';
    this.target = request.url ?? '/';
    this.headers = request.headers;
    this.#runtime = runtime;
    this.#request = request;
    this.#response = response;
    const { slowClientMs } = runtime.snapshot.limits;
    this.sink = new NodeSink(request, response, slowClientMs, () => runtime.draining);
  }

  readBody(limits: BodyLimits, done: Parameters<Arrival['readBody']>[1]): void {
    const begin = () => {
      if (!this.sink.bodyIsHeldBack) return;
      this.sink.bodyIsHeldBack = false;
      this.#response.writeContinue();
    };
    readNodeBody(this.#request, limits, this.#runtime.heartbeat, begin, done);
  }
}
