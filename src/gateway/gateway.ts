import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { PerigeeError } from '../core/index.ts';
import { type ClosableServer, closeGently, untilQuiet } from './edges/close-gently.ts';
import { handleFetch } from './edges/fetch-edge.ts';
import { type Listening, type ListenOptions, listen } from './edges/listener.ts';
import { handleNode } from './edges/node-edge.ts';
import type { GatewayOptions } from './options.ts';
import { Runtime } from './runtime.ts';

/** One endpoint for OpenAI Chat, Anthropic Messages and OpenAI Responses clients. */
export interface Gateway {
  /** Serves without a socket; may be handed as `fetch` to the official SDKs. */
  fetch(input: Request | string | URL, init?: RequestInit): Promise<Response>;
  /** Serves a request of somebody else's `node:http` server. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Serves on a socket. Throws `invalid-options` for an open address without keys, and where the port is taken. */
  listen(options?: ListenOptions): Promise<Listening>;
  /**
   * Stops: takes no new connections, answers what was accepted, closes the rest. Resolves when the last answer has ended;
   * what still comes through `fetch` and `handle` is then refused with `gateway-draining`.
   */
  drain(options?: DrainOptions): Promise<void>;
  /** New requests use these options; running ones end with theirs. Throws `invalid-options` and changes nothing then. */
  update(options: GatewayOptions): void;
  /** Requests whose answer has not ended. */
  readonly open: number;
  /** All figures in Prometheus' text format. */
  metrics(): Promise<string>;
}

export interface DrainOptions {
  /**
   * Milliseconds in which new connections are still taken and answered, while `/readyz` says 503 and every answer closes
   * its connection: a load balancer has that time to turn away. Longer than it keeps idle connections, and none is left
   * that could be closed under a request. Default 0.
   */
  readonly delayMs?: number;
}

/** Makes a gateway. Throws `invalid-options`. */
export function createGateway(options: GatewayOptions): Gateway {
  const runtime = new Runtime(options);
  const servers = new Set<ClosableServer>();
  let isPublic = false;
  return {
    fetch: (input, init) =>
      handleFetch(runtime, input instanceof Request && init === undefined ? input : new Request(input, init)),
    handle: (request, response) => handleNode(runtime, request, response),
    async listen(where = {}) {
      const { at, isPublic: opened, ...server } = await listen(runtime, where);
      servers.add(server);
      isPublic ||= opened;
      return at;
    },
    async drain({ delayMs = 0 } = {}) {
      runtime.draining = true;
      if (delayMs > 0 && servers.size > 0) await setTimeout(delayMs);
      await Promise.all([...servers].map(untilQuiet));
      const closed = [...servers].map(closeGently);
      servers.clear();
      await idle(runtime);
      await runtime.shared?.settled();
      await Promise.all(closed);
      runtime.drained = true;
    },
    update(next) {
      const snapshot = runtime.prepare(next);
      if (isPublic && !runtime.isKeyed(snapshot)) {
        throw new PerigeeError(
          'invalid-options',
          'The new options have no keys, and the gateway began with some.',
          {
            remedy: 'Keep at least one key, or start the gateway anew.',
          },
        );
      }
      runtime.snapshot = snapshot;
    },
    get open() {
      return runtime.running;
    },
    metrics: () => runtime.metrics.text(),
  };
}

function idle(runtime: Runtime): Promise<void> {
  if (runtime.running === 0) return Promise.resolve();
  return new Promise((resolve) => {
    runtime.onIdle = resolve;
  });
}
