import { existsSync } from 'node:fs';
import { abortedError, type ErrorCode, PerigeeError } from '../../core/index.ts';
import type { ServerEnd } from './last-words.ts';
import type { McpSdk } from './sdk.ts';
import type { ReadServer } from './server.ts';

const NETWORK: { readonly [code: string]: ErrorCode } = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNREFUSED: 'connection-refused',
};

/** Why a server could not be started or reached, for the person who asked for it. */
export function startError(
  sdk: McpSdk,
  server: ReadServer,
  end: ServerEnd,
  startTimeoutMs: number,
  signal: AbortSignal,
  cause: unknown,
): PerigeeError {
  if (signal.aborted) return abortedError(signal);
  const words = end.lastWords();
  const said = words === '' ? '' : ` It said last:\n${indented(words)}\n`;
  const failed = (code: ErrorCode, what: string, remedy: string) =>
    new PerigeeError(code, `The MCP server ${server.label} ${what}.${said}`, { remedy, cause });
  if (cause instanceof sdk.McpError && cause.code === sdk.TIMED_OUT) {
    return failed(
      'silence',
      `did not answer within ${startTimeoutMs} ms of its start`,
      'Check that it speaks MCP; for one that takes long to start raise startTimeoutMs.',
    );
  }
  return 'command' in server
    ? programError(server, end, failed, cause)
    : urlError(sdk, server.url, failed, cause);
}

type Failed = (code: ErrorCode, what: string, remedy: string) => PerigeeError;

function programError(
  { command, cwd }: { readonly command: string; readonly cwd: string | undefined },
  end: ServerEnd,
  failed: Failed,
  cause: unknown,
): PerigeeError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' && cwd !== undefined && !existsSync(cwd)) {
    return failed('invalid-options', `cannot be started: there is no folder ${cwd}`, 'Give another cwd.');
  }
  if (code === 'ENOENT') {
    return failed(
      'invalid-options',
      `cannot be started: there is no program ${command}`,
      'Install it, or give its path.',
    );
  }
  if (code === 'EACCES') {
    return failed('invalid-options', `cannot be started: ${command} may not be run`, 'Make it executable.');
  }
  const how = end.howEnded();
  if (how !== undefined) {
    return failed(
      'connection-lost',
      `ended before it had answered (${how})`,
      'Run its command by hand to see what it needs.',
    );
  }
  return failed('connection-lost', `could not be greeted: ${messageOf(cause)}`, 'Check that it speaks MCP.');
}

function urlError(sdk: McpSdk, url: URL, failed: Failed, cause: unknown): PerigeeError {
  const status = cause instanceof sdk.StreamableHttpError ? cause.code : undefined;
  if (status === 401 || status === 403) {
    const code = status === 401 ? 'wrong-api-key' : 'forbidden';
    return failed(
      code,
      `refuses to be used (HTTP ${status})`,
      'Give its key in `headers`, as in { authorization: "Bearer …" }.',
    );
  }
  if (status !== undefined && status >= 400) {
    const code = status >= 500 ? 'server-error' : 'endpoint-not-found';
    return failed(
      code,
      `answered with HTTP ${status}: ${messageOf(cause)}`,
      'Check the path of the URL; it often ends in /mcp.',
    );
  }
  const behind = (cause as { cause?: NodeJS.ErrnoException }).cause;
  const code = NETWORK[behind?.code ?? ''] ?? 'connection-lost';
  return failed(
    code,
    `cannot be reached: ${messageOf(behind ?? cause)}`,
    `Check that it runs and that ${url.host} is right.`,
  );
}

function messageOf(cause: unknown): string {
  const { message } = cause as { message?: unknown };
  return (typeof message === 'string' && message !== '' ? message : String(cause)).slice(0, 500);
}

function indented(text: string): string {
  return text.replace(/^/gm, '    ');
}
