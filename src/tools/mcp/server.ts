import { PerigeeError } from '../../core/index.ts';
import { splitCommandLine } from './command-line.ts';

/** A server that is a program: its messages go over its standard input and output. */
export interface McpProgram {
  readonly command: string;
  readonly args?: readonly string[];
  /** Variables besides the few harmless ones that the SDK passes on (`PATH`, `HOME`, `USER`, …). */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder in which it is started; default the working directory. */
  readonly cwd?: string;
}

/** A server behind a URL: streamable HTTP, and the older HTTP+SSE where the server knows no other. */
export interface McpUrl {
  readonly url: string | URL;
  /** Headers of every request, as `{ authorization: 'Bearer …' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What requests are made with; default the global `fetch`. */
  readonly fetch?: (url: string | URL, init?: RequestInit) => Promise<Response>;
}

/** A command line, a URL as text, or one of both with its details. */
export type McpServer = string | McpProgram | McpUrl;

/** A program with all its details. */
export interface ReadProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  /** How errors name it. */
  readonly label: string;
}

/** A URL with all its details. */
export interface ReadUrl {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: NonNullable<McpUrl['fetch']>;
  /** How errors name it. */
  readonly label: string;
}

export type ReadServer = ReadProgram | ReadUrl;

/** What was given, with a label by which errors name it. Throws `invalid-options`. */
export function readServer(server: McpServer): ReadServer {
  if (typeof server === 'string') {
    if (/^https?:\/\//i.test(server.trim())) return readUrl({ url: server.trim() });
    return readProgram(splitCommandLine(server));
  }
  if (typeof server !== 'object' || server === null)
    throw invalid('An MCP server is a command line or a URL.');
  return 'url' in server ? readUrl(server) : readProgram(server);
}

function readProgram({ command, args = [], env = {}, cwd }: McpProgram): ReadProgram {
  if (typeof command !== 'string' || command === '') throw invalid('An MCP server needs a command or a url.');
  // Arguments may hold keys, so errors name no more than what tells the server from others.
  const named = args.find((arg) => /^[\w@/.:~][^\s=]{0,79}$/.test(arg));
  return { command, args, env, cwd, label: `"${named === undefined ? command : `${command} … ${named}`}"` };
}

function readUrl({ url, headers = {}, fetch = globalThis.fetch }: McpUrl): ReadUrl {
  if (!URL.canParse(String(url))) throw invalid(`${JSON.stringify(String(url))} is not a URL.`);
  const parsed = new URL(url);
  if (!/^https?:$/.test(parsed.protocol))
    throw invalid(`An MCP server's URL begins with http:// or https://.`);
  const { username, password } = parsed;
  parsed.username = '';
  parsed.password = '';
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  );
  return {
    url: parsed,
    // No fetch takes a URL with a name and a password in it.
    headers: username === '' ? headers : { authorization: `Basic ${basic}`, ...headers },
    fetch,
    label: `${parsed.origin}${parsed.pathname}`,
  };
}

function invalid(message: string): PerigeeError {
  return new PerigeeError('invalid-options', message, {
    remedy: 'Give a command line, { command, args, env }, a URL, or { url, headers }.',
  });
}
