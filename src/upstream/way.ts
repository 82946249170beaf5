import { Agent, type Dispatcher } from 'undici';
import type { Endpoint } from './endpoint.ts';
import { connectorPastContinue } from './interim.ts';
import type { HttpModelOptions } from './options.ts';

/** What every request to a host needs to know. */
export type RequestOptions = Pick<
  HttpModelOptions,
  'apiKey' | 'headers' | 'silenceMs' | 'connectTimeoutMs' | 'dispatcher' | 'secrets'
>;

/** All that is the same in every request to one path of a host, made once. */
export interface Way {
  readonly dispatcher: Dispatcher;
  /** For messages. */
  readonly where: string;
  readonly request: Pick<
    Dispatcher.DispatchOptions,
    'method' | 'path' | 'headers' | 'headersTimeout' | 'bodyTimeout'
  > & { readonly origin: string };
}

/** The way to a path of a host; a POST brings JSON and expects a stream. */
export function wayTo({ url, where }: Endpoint, method: 'GET' | 'POST', options: RequestOptions): Way {
  const silenceMs = options.silenceMs ?? 600_000;
  return {
    dispatcher: options.dispatcher ?? sharedAgent(options.connectTimeoutMs ?? 30_000),
    where,
    request: {
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: requestHeaders(options, method === 'POST'),
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
    },
  };
}

const agents = new Map<number, Agent>();

/** One client for each connect time-out, so that models of one host share connections. */
function sharedAgent(connectTimeoutMs: number): Agent {
  let agent = agents.get(connectTimeoutMs);
  if (!agent) {
    agent = new Agent({ connect: connectorPastContinue(connectTimeoutMs), keepAliveTimeout: 30_000 });
    agents.set(connectTimeoutMs, agent);
  }
  return agent;
}

function requestHeaders(options: RequestOptions, hasBody: boolean): Record<string, string> {
  const apiKey = options.apiKey?.trim();
  const headers: Record<string, string> = {
    accept: hasBody ? 'text/event-stream, application/json' : 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'perigee',
    ...(hasBody && { 'content-type': 'application/json' }),
    ...(apiKey && { authorization: `Bearer ${apiKey}` }),
  };
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = value;
  return headers;
}
