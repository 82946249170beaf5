import { type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { PerigeeError } from '../core/index.ts';
import { UsageError } from './failure.ts';

/** The way to a host through a proxy. */
export interface Proxy {
  readonly dispatcher: Dispatcher;
  /** The variable that asks for it and its host, for messages: `HTTPS_PROXY (proxy.example:3128)`. */
  readonly source: string;
  /** What it is told to let us through: never to be shown. */
  readonly secrets: readonly string[];
}

const LOOPBACK = /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1\])$/;
const CONNECT_TIMEOUT_MS = 30_000;

/**
 * The proxy that `HTTPS_PROXY` or `HTTP_PROXY` (also in lower case) asks for, unless the host is one of
 * `NO_PROXY` or this machine itself, which no proxy can reach.
 */
export function proxyFor(baseUrl: URL, env: NodeJS.ProcessEnv): Proxy | undefined {
  const asked = variablesFor(baseUrl, env);
  if (!asked) return undefined;
  const { http, https } = asked;
  const connect = { timeout: CONNECT_TIMEOUT_MS };
  return {
    dispatcher: new EnvHttpProxyAgent({
      ...(http && { httpProxy: http.url.href }),
      ...(https && { httpsProxy: https.url.href }),
      connect,
      proxyTls: connect,
      keepAliveTimeout: 30_000,
      // Plain HTTP goes to a proxy as it is: many allow tunnels to port 443 only.
      proxyTunnel: false,
    }),
    source: sourceOf(asked.used),
    secrets: [http, https].flatMap((variable) => (variable ? secretsOf(variable.login) : [])),
  };
}

/** The `source` of the same, without an HTTP client that would use it. */
export function proxySourceFor(baseUrl: URL, env: NodeJS.ProcessEnv): string | undefined {
  const asked = variablesFor(baseUrl, env);
  return asked && sourceOf(asked.used);
}

const sourceOf = ({ name, url }: Variable): string => `${name} (${url.host})`;

/** The password, and what stands in the header that carries it. */
function secretsOf({ user, password }: Login): string[] {
  if (user === '' && password === '') return [];
  return [password, Buffer.from(`${user}:${password}`).toString('base64')];
}

/** The error with another remedy, if it came up on the way to a host and there is a proxy to look at. */
export function blameProxy(error: unknown, source: string | undefined): unknown {
  const onTheWay = ['connection-refused', 'connection-lost', 'dns', 'tls'];
  if (source === undefined || !(error instanceof PerigeeError) || !onTheWay.includes(error.code))
    return error;
  return new PerigeeError(error.code, error.message, {
    remedy: `${source} sets a proxy: check that it runs and allows this host, or except the host with NO_PROXY.`,
    cause: error,
  });
}

interface Variable {
  readonly name: string;
  readonly url: URL;
  readonly login: Login;
}

interface Login {
  readonly user: string;
  readonly password: string;
}

/** The variables that count for a host, and which of them its requests go by; undefined: it is reached without a proxy. */
function variablesFor(baseUrl: URL, env: NodeJS.ProcessEnv) {
  if (LOOPBACK.test(baseUrl.hostname)) return undefined;
  const http = variable(env, 'HTTP_PROXY');
  const https = variable(env, 'HTTPS_PROXY') ?? http;
  const used = baseUrl.protocol === 'https:' ? https : http;
  return used && { http, https, used };
}

function variable(env: NodeJS.ProcessEnv, upperCase: string): Variable | undefined {
  for (const name of [upperCase.toLowerCase(), upperCase]) {
    const value = env[name]?.trim();
    if (!value) continue;
    const text = /^[a-z\d+]+:\/\//i.test(value) ? value : `http://${value}`;
    if (!URL.canParse(text)) {
      throw new UsageError(`${name} is not a URL. Give it as in http://proxy.example:3128, or unset it.`);
    }
    const url = new URL(text);
    const login = loginIn(url);
    if (login) return { name, url, login };
    throw new UsageError(`The user or password in ${name} is not as URLs have it. Write % as %25.`);
  }
  return undefined;
}

/** What a proxy wants to know of whoever asks it; undefined where a % begins no character. */
function loginIn({ username, password }: URL): Login | undefined {
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return undefined;
  }
}
