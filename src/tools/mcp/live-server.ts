import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { boundedFetch } from './bounded-fetch.ts';
import { LastWords, type ServerEnd } from './last-words.ts';
import { ProcessTransport } from './process-transport.ts';
import type { McpSdk } from './sdk.ts';
import type { ReadProgram, ReadServer } from './server.ts';
import { startError } from './start-error.ts';

/** A server that has answered, until it ends. */
export interface LiveServer extends ServerEnd {
  readonly client: Client;
  /** Fires when it ended or the way to it broke: it is of no use any more. */
  readonly ended: AbortSignal;
  close(): Promise<void>;
}

export interface StartOptions {
  readonly startTimeoutMs: number;
  readonly maxMessageBytes: number;
  readonly signal: AbortSignal;
  onListChanged(): void;
}

/** Statuses with which a server that only knows HTTP+SSE refuses the first message. */
const KNOWS_SSE_ONLY = [400, 404, 405];
/** For a server to hear that its session is over. */
const GOODBYE_MS = 2000;
const CLIENT = { name: 'perigee', version: '1' };

/** Starts or reaches a server and greets it. Throws a `PerigeeError` that says why that did not work. */
export async function startServer(
  sdk: McpSdk,
  server: ReadServer,
  options: StartOptions,
): Promise<LiveServer> {
  if ('command' in server) {
    const { command, args, env, cwd } = server;
    const { maxMessageBytes } = options;
    // On Windows `npx` is a script that only the SDK's way of starting programs finds.
    if (process.platform === 'win32') return greetOnWindows(sdk, server, options);
    const transport = new ProcessTransport(sdk, { command, args, env, cwd, maxMessageBytes });
    return greet(sdk, server, transport as Transport, options, {
      howEnded: () => transport.howEnded,
      lastWords: () => transport.lastWords.text,
    });
  }
  const fetch = boundedFetch(server.fetch, options.maxMessageBytes);
  const init = { fetch, requestInit: { headers: { ...server.headers } } };
  const silent = { howEnded: () => undefined, lastWords: () => '' };
  const http = new sdk.StreamableHttpTransport(server.url, init) as Transport;
  return greet(sdk, server, http, options, silent).catch((error: unknown) => {
    const { cause } = error as { cause?: unknown };
    const status = cause instanceof sdk.StreamableHttpError ? cause.code : undefined;
    if (!KNOWS_SSE_ONLY.includes(status ?? 0)) throw error;
    const older = new sdk.SseTransport(server.url, init) as Transport;
    // What the first way said is what a person needs when neither leads there.
    return greet(sdk, server, older, options, silent).catch(() => Promise.reject(error));
  });
}

function greetOnWindows(sdk: McpSdk, server: ReadProgram, options: StartOptions): Promise<LiveServer> {
  const { command, args, env, cwd } = server;
  const parameters = { command, args: [...args], env: { ...env }, ...(cwd !== undefined && { cwd }) };
  const { maxMessageBytes: maxBufferSize } = options;
  const transport = new sdk.StdioTransport({ ...parameters, maxBufferSize, stderr: 'pipe' });
  const words = new LastWords();
  transport.stderr?.on('data', (chunk: Buffer) => words.push(chunk));
  return greet(sdk, server, transport, options, {
    howEnded: () => undefined,
    lastWords: () => words.text,
  });
}

async function greet(
  sdk: McpSdk,
  server: ReadServer,
  transport: Transport,
  { startTimeoutMs, signal, onListChanged }: StartOptions,
  end: ServerEnd,
): Promise<LiveServer> {
  const client = new sdk.Client(CLIENT, { capabilities: {} });
  const ending = new AbortController();
  const live: LiveServer = {
    client,
    ended: ending.signal,
    ...end,
    close() {
      ending.abort();
      return close(client, transport);
    },
  };
  client.onclose = () => ending.abort();
  // Faults that matter come out of the calls; the SDK reports others here, which would be thrown without a listener.
  client.onerror = () => {};
  client.setNotificationHandler(sdk.ToolListChanged, onListChanged);
  // A signal of its own: the SDK listens to it for ever, and would take back the greeting at the end of the run.
  const starting = new AbortController();
  const giveUp = () => starting.abort(signal.reason);
  signal.addEventListener('abort', giveUp);
  try {
    signal.throwIfAborted();
    await client.connect(transport, { timeout: startTimeoutMs, signal: starting.signal });
    return live;
  } catch (error) {
    await live.close();
    throw startError(sdk, server, live, startTimeoutMs, signal, error);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function close(client: Client, transport: Transport): Promise<void> {
  const { terminateSession } = transport as { terminateSession?: () => Promise<void> };
  if (terminateSession) {
    const told = terminateSession.call(transport).catch(() => {});
    await Promise.race([told, new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref())]);
  }
  await client.close().catch(() => {});
  // The client has let go of a transport whose start failed.
  await transport.close().catch(() => {});
}
