import { PerigeeError } from '../../core/index.ts';
import { refuse } from '../answers/refuse.ts';
import { type Arrival, headerOf } from '../edges/arrival.ts';
import { pageHeaders } from '../edges/origin.ts';
import { Exchange } from '../exchange.ts';
import { authenticate, type FoundKey } from '../keys/keys.ts';
import type { Runtime } from '../runtime.ts';
import { findRoute, guessFront, insteadOf, methodsOf, ROUTE_LIST, type Route } from './routes.ts';

/** Serves one request, whichever edge it came through. Never throws; the answer goes to the arrival's sink. */
export function serve(runtime: Runtime, arrival: Arrival): void {
  const { method, target, headers } = arrival;
  const match = findRoute(method, target);
  const front =
    match?.route.front ?? guessFront(target, headerOf(headers, 'anthropic-version') !== undefined);
  const exchange = new Exchange(runtime, arrival, front);
  arrival.sink.onClose = () => exchange.end(499);
  try {
    const page = pageHeaders(headers, runtime.isKeyed(exchange.snapshot));
    if (page.length > 0) arrival.sink.common = page;
    if (method === 'OPTIONS') answerOptions(exchange, page);
    else if (match === undefined) refuseRoute(exchange, page);
    else enter(exchange, match.route, match.argument);
  } catch (error) {
    refuse(exchange, error);
  }
}

/** Finds the key, where one is needed, and goes on. */
function enter(exchange: Exchange, route: Route, argument: string): void {
  const { runtime, snapshot, arrival } = exchange;
  exchange.route = route.path;
  if (!route.guarded || !runtime.isKeyed(snapshot)) {
    proceed(exchange, route, argument);
    return;
  }
  // A request that has a body is admitted later, and its key is looked at again then.
  const found = authenticate(snapshot.ring, runtime.accounts, arrival.headers, route.takeBody === undefined);
  if (!(found instanceof Promise)) {
    identify(exchange, found);
    proceed(exchange, route, argument);
    return;
  }
  found
    .then((key) => {
      if (exchange.ended) return;
      identify(exchange, key);
      proceed(exchange, route, argument);
    })
    .catch((error: unknown) => {
      if (!exchange.ended) refuse(exchange, error);
    });
}

function identify(exchange: Exchange, { key, kept }: FoundKey): void {
  exchange.key = key;
  exchange.keyIsKept = kept;
  exchange.tenant = `key ${key.id}`;
}

function proceed(exchange: Exchange, route: Route, argument: string): void {
  const { runtime, snapshot, arrival } = exchange;
  const { takeBody, show } = route;
  if (takeBody === undefined) {
    show?.(exchange, argument);
    return;
  }
  if (runtime.drained) throw draining();
  const { bodyBytes, bodyMs } = snapshot.limits;
  arrival.readBody({ bytes: bodyBytes, milliseconds: bodyMs }, (body) => {
    runtime.turns.take(() => {
      // The client may have left while its body was unpacked, or while it waited.
      if (exchange.ended) return;
      try {
        if (body instanceof PerigeeError) throw body;
        takeBody(exchange, body);
      } catch (error) {
        refuse(exchange, error);
      }
    });
  });
}

function answerOptions(exchange: Exchange, page: readonly string[]): void {
  const { arrival } = exchange;
  exchange.route = 'OPTIONS';
  const methods = [...methodsOf(arrival.target), 'OPTIONS'].join(', ');
  const headers = ['allow', methods];
  if (page.length > 0) {
    headers.push(
      'access-control-allow-methods',
      methods,
      'access-control-allow-headers',
      // With credentials out of play a star would do, but it does not cover `authorization`.
      (headerOf(arrival.headers, 'access-control-request-headers') ?? '*').replaceAll(/[^\w ,*-]/g, ''),
      'access-control-max-age',
      '86400',
    );
  }
  arrival.sink.reply(204, headers, '');
  exchange.end(204);
}

function refuseRoute({ arrival }: Exchange, page: readonly string[]): never {
  const { method, target, headers, sink } = arrival;
  const path = target.split('?', 1)[0]!.slice(0, 120);
  const others = methodsOf(target).join(', ');
  if (others !== '' && headerOf(headers, 'upgrade')?.toLowerCase() === 'websocket') {
    // By this status Codex goes on over HTTP at once; after any other it tries again for seconds, at each turn.
    sink.common = [...page, 'upgrade', 'HTTP/1.1'];
    throw new PerigeeError('gateway-unsupported', `${path} is not served over WebSocket.`, {
      remedy: `Send it as ${others} over HTTP.`,
      status: 426,
    });
  }
  if (others !== '') {
    sink.common = [...page, 'allow', others];
    throw new PerigeeError('gateway-unsupported', `${path} takes ${others}, not ${method}.`, {
      remedy: 'Send it with that method.',
      status: 405,
    });
  }
  throw new PerigeeError('gateway-not-found', `There is no ${method} ${path}.`, {
    remedy:
      insteadOf(target) ??
      `OpenAI clients want a base URL that ends in /v1, Anthropic clients one without it. Routes: ${ROUTE_LIST}.`,
    status: 404,
  });
}

function draining(): PerigeeError {
  return new PerigeeError('gateway-draining', 'The gateway is stopping.', {
    remedy: 'Send the request again, to another instance if there is one.',
    retryable: true,
    retryAfterMs: 1000,
    status: 503,
  });
}
