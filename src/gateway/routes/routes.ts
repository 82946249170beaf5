import type { WireProtocol } from '../../core/index.ts';
import type { Front } from '../../protocols/index.ts';
import { answer } from '../answers/answer.ts';
import type { Exchange } from '../exchange.ts';
import { countInputTokens, countTokens } from './count-tokens.ts';
import { FRONTS, frontOf } from './fronts.ts';
import { listModels, showModel } from './models-route.ts';
import { health, hello, readiness, showMetrics } from './status-routes.ts';
import { cancelResponse, deleteResponse, showInputItems, showResponse } from './stored-routes.ts';

/** One way in. */
export interface Route {
  readonly method: string;
  /** As written in documents; the label of metrics. */
  readonly path: string;
  /** The protocol that it belongs to. Absent: clients of all of them ask here, and each gets errors in its own shape. */
  readonly front?: Front<unknown>;
  /** What may stand for `{id}`. */
  readonly ids?: RegExp;
  /** Whether it wants a key, where there are keys. */
  readonly guarded: boolean;
  /** Takes the body, where the route has one; counts against the limits of its key. */
  readonly takeBody?: (exchange: Exchange, body: Uint8Array) => void;
  /** Answers without a body; `argument` is what stands for `{id}`. */
  readonly show?: (exchange: Exchange, argument: string) => void;
}

/** A route with what stood for its `{id}`. */
export interface Match {
  readonly route: Route;
  readonly argument: string;
}

const messages = frontOf('anthropic-messages');
const responses = frontOf('openai-responses');
/** Other paths behind `/v1/responses/` are no ids: `compact`, `input_tokens`. */
const RESPONSE_ID = /^resp_[^/]*$/;

const ROUTES: readonly Route[] = [
  ...FRONTS.map(
    (place): Route => ({
      method: 'POST',
      path: `/v1${place.path}`,
      front: place.front,
      guarded: true,
      takeBody: (exchange, body) => answer(exchange, place, body),
    }),
  ),
  {
    method: 'POST',
    path: '/v1/messages/count_tokens',
    front: messages,
    guarded: true,
    takeBody: countTokens,
  },
  {
    method: 'POST',
    path: '/v1/responses/input_tokens',
    front: responses,
    guarded: true,
    takeBody: countInputTokens,
  },
  {
    method: 'POST',
    path: '/v1/responses/{id}/cancel',
    ids: RESPONSE_ID,
    front: responses,
    guarded: true,
    show: cancelResponse,
  },
  {
    method: 'GET',
    path: '/v1/responses/{id}/input_items',
    ids: RESPONSE_ID,
    front: responses,
    guarded: true,
    show: showInputItems,
  },
  {
    method: 'GET',
    path: '/v1/responses/{id}',
    ids: RESPONSE_ID,
    front: responses,
    guarded: true,
    show: showResponse,
  },
  {
    method: 'DELETE',
    path: '/v1/responses/{id}',
    ids: RESPONSE_ID,
    front: responses,
    guarded: true,
    show: deleteResponse,
  },
  { method: 'GET', path: '/v1/models', guarded: true, show: listModels },
  { method: 'GET', path: '/v1/models/{id}', guarded: true, show: showModel },
  { method: 'GET', path: '/healthz', guarded: false, show: health },
  { method: 'GET', path: '/readyz', guarded: false, show: readiness },
  { method: 'GET', path: '/metrics', guarded: false, show: showMetrics },
  { method: 'GET', path: '/api/hello', guarded: false, show: hello },
  { method: 'GET', path: '/', guarded: false, show: hello },
];

const EXACT = new Map(
  ROUTES.filter(({ path }) => !path.includes('{')).map((route) => [
    `${route.method} ${route.path}`,
    { route, argument: '' } satisfies Match,
  ]),
);
const PATTERNS = ROUTES.filter(({ path }) => path.includes('{')).map((route) => {
  const [before = '', after = ''] = route.path.split('{id}');
  return { route, before, after };
});

/** All ways in, for the error of whoever missed them. */
export const ROUTE_LIST = ROUTES.map(({ method, path }) => `${method} ${path}`).join(', ');

/** What OpenAI's clients ask for that is not kept here, and what to do instead. */
const CONVERSATIONS =
  'Conversations are not kept here: use `previous_response_id`, or send the whole conversation in `input`.';

/** What may stand before a path; hosts have the names of protocols there, `/anthropic` (Moonshot) and `/openai` (Groq's SDK). */
const BASE = /^(?:\/v1(?=\/))*(?:\/(?:anthropic|openai)(?=\/))?(?:\/v1(?=\/))*/;

/**
 * The route of a request. Base URLs are written with and without `/v1` or a slash at the end, and SDKs add their own, so
 * a path is found whether `/v1` stands before it once, twice or not at all, and with slashes too many. What is sent as to
 * a proxy, with the address before the path, is for us too. `HEAD` is served like `GET`.
 */
export function findRoute(method: string, target: string): Match | undefined {
  const verb = method === 'HEAD' ? 'GET' : method;
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  return EXACT.get(`${verb} ${path}`) ?? findLoosely(verb, path);
}

function findLoosely(verb: string, path: string): Match | undefined {
  const plain = path.replace(/^https?:\/\/[^/]*/i, '').replaceAll(/\/{2,}/g, '/');
  const rest = plain.replace(BASE, '').replace(/\/+$/, '');
  for (const candidate of [`/v1${rest}`, rest === '' ? '/' : rest]) {
    const exact = EXACT.get(`${verb} ${candidate}`);
    if (exact) return exact;
    for (const { route, before, after } of PATTERNS) {
      if (route.method !== verb || !candidate.startsWith(before) || !candidate.endsWith(after)) continue;
      const argument = candidate.slice(before.length, candidate.length - after.length);
      if (argument !== '' && (route.ids?.test(argument) ?? true)) return { route, argument };
    }
  }
  return undefined;
}

/** The methods that a path has, for `OPTIONS`; none: there is no such path. */
export function methodsOf(target: string): readonly string[] {
  return ['GET', 'POST', 'DELETE'].filter((method) => findRoute(method, target) !== undefined);
}

/** What a client may do that asks for what is no route; undefined where nothing better is known than the list of them. */
export function insteadOf(target: string): string | undefined {
  return /^(?:\/v1|\/openai)*\/conversations(?:[/?]|$)/.test(target) ? CONVERSATIONS : undefined;
}

/** The protocol in whose shape a client of an unknown path is most likely to understand an error. */
export function guessFront(target: string, isAnthropic: boolean): Front<unknown> {
  const protocol: WireProtocol =
    isAnthropic || target.includes('/messages')
      ? 'anthropic-messages'
      : target.includes('/responses') || target.includes('/conversations')
        ? 'openai-responses'
        : 'openai-chat';
  return frontOf(protocol);
}
