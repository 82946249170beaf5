import { fetch as fetchBy } from 'undici';
import type { Tool, Tools } from '../../agent/index.ts';
import { PerigeeError } from '../../core/index.ts';
import { type McpServer, mcpTools } from '../../tools/index.ts';
import { blameProxy, proxyFor } from '../proxy.ts';

/** The servers of `--mcp`, which run until they are closed. */
export interface McpServers {
  readonly tools: Tools;
  close(): Promise<void>;
}

/**
 * Starts the servers that `--mcp` asks for, one after the other, so that tools of the same name are called the same in
 * every run. `taken`: the names that other tools have. Whatever ends this process ends the servers; `endsOnTerm`, default
 * true: a SIGTERM ends it at once.
 */
export async function startMcpServers(
  servers: readonly string[],
  taken: readonly string[],
  note: (text: string) => void,
  { endsOnTerm = true }: { readonly endsOnTerm?: boolean } = {},
): Promise<McpServers> {
  if (servers.length === 0) return { tools: {}, close: async () => {} };
  const releaseSignals = endsOnTerm ? exitOn({ SIGTERM: 143 }) : () => {};
  const releaseInterrupt = exitOn({ SIGINT: 130 });
  const tools: [string, Tool][] = [];
  const started: McpServers[] = [];
  const close = async () => {
    await Promise.all(started.map((server) => server.close()));
    releaseSignals();
  };
  try {
    for (const server of servers) {
      const names = [...taken, ...tools.map(([name]) => name)];
      const one = await start(server, names, note);
      started.push(one);
      tools.push(...Object.entries(one.tools));
    }
    return { tools: Object.fromEntries(tools), close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    releaseInterrupt();
  }
}

async function start(server: string, taken: readonly string[], note: (text: string) => void) {
  const url = /^https?:\/\//i.test(server.trim()) && URL.canParse(server) ? new URL(server) : undefined;
  const proxy = url && proxyFor(url, process.env);
  const asked: McpServer = proxy ? { url: url!, fetch: through(proxy.dispatcher) } : server;
  try {
    return await mcpTools(asked, { taken, onNote: note });
  } catch (error) {
    throw blameProxy(inOurWords(error), proxy?.source);
  }
}

type Dispatcher = NonNullable<NonNullable<Parameters<typeof fetchBy>[1]>['dispatcher']>;

function through(dispatcher: Dispatcher) {
  // The types of undici and of Node name the same things twice.
  return (url: string | URL, init?: RequestInit) =>
    fetchBy(url, { ...(init as object), dispatcher }) as unknown as Promise<Response>;
}

/** The library's remedies name options that the command does not have. */
function inOurWords(error: unknown): unknown {
  if (!(error instanceof PerigeeError)) return error;
  const needsKey = error.code === 'wrong-api-key' || error.code === 'forbidden';
  if (!needsKey) return error;
  return new PerigeeError(error.code, error.message, {
    remedy:
      'Give it its key in a module, --tools ./my-tools.mjs, that exports the tools of mcpTools({ url, headers }).',
    cause: error,
  });
}

/** Lets signals end the process in the way in which what it started is ended too. */
function exitOn(codes: Readonly<Partial<Record<NodeJS.Signals, number>>>): () => void {
  const exit = (signal: NodeJS.Signals) => process.exit(codes[signal]);
  const names = Object.keys(codes) as NodeJS.Signals[];
  for (const name of names) process.on(name, exit);
  return () => {
    for (const name of names) process.off(name, exit);
  };
}
