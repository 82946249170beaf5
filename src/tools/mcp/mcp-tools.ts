import type { Tool, ToolContext, Tools } from '../../agent/index.ts';
import { PerigeeError } from '../../core/index.ts';
import { plainSchema } from '../foreign/plain-schema.ts';
import { toolName } from '../foreign/tool-names.ts';
import { type CallLimits, Connection } from './connection.ts';
import { type OfferedTool, offeredTools } from './offered-tools.ts';
import { mcpResultText } from './result-text.ts';
import { loadSdk } from './sdk.ts';
import { type McpServer, readServer } from './server.ts';

export interface McpOptions {
  /** What the server is called in the names of tools that need it; default what it calls itself. */
  readonly name?: string;
  /** Names that others have already: tools of this server that have one of them are called `server_tool`. */
  readonly taken?: Iterable<string>;
  /** The server's own names of the tools that are wanted; default all. */
  readonly only?: readonly string[];
  /**
   * Whether `readOnlyHint` and `idempotentHint` are believed: a tool that has one may then run without approval or be
   * run again. Default false: a server can write there what it likes. `destructiveHint` always asks for approval.
   */
  readonly trustHints?: boolean;
  /** Milliseconds for the server to start and answer; default 60_000, since `npx` may have to download it. */
  readonly startTimeoutMs?: number;
  /** Milliseconds that a call may be without an answer or a sign of progress; default 60_000. */
  readonly timeoutMs?: number;
  /** Milliseconds that a call may take in all, whatever progress is told; default 600_000. */
  readonly totalTimeoutMs?: number;
  /** Bytes of a result that the model reads, half of them from the beginning and half from the end; default 50_000. */
  readonly maxOutputBytes?: number;
  /** Bytes of one message of the server at most; default 16_000_000. A larger one ends the connection. */
  readonly maxMessageBytes?: number;
  /** Gives up the start. Later calls have signals of their own. */
  readonly signal?: AbortSignal;
  /** Told in sentences what a person may want to know: a tool left out or renamed, a list that has changed. */
  readonly onNote?: (note: string) => void;
}

/** The tools of a server that is running or can be reached. */
export interface McpTools {
  readonly tools: Tools;
  /** Ends the server or the session. Until then the process does not end by itself. */
  close(): Promise<void>;
}

const DEFAULTS = {
  startTimeoutMs: 60_000,
  timeoutMs: 60_000,
  totalTimeoutMs: 600_000,
  maxOutputBytes: 50_000,
  maxMessageBytes: 16_000_000,
};

/**
 * The tools of an MCP server: a command line (`npx -y …`), a URL, or either with its details. Throws a `PerigeeError`
 * that says why it cannot be started or reached; `missing-package` where `@modelcontextprotocol/sdk` is not installed.
 */
export async function mcpTools(server: McpServer, options: McpOptions = {}): Promise<McpTools> {
  const read = readServer(server);
  const bounds = checkBounds(options);
  const { signal = new AbortController().signal, onNote = () => {} } = options;
  const note = (text: string) => onNote(`MCP server ${read.label}: ${text}`);
  const connection = new Connection(await loadSdk(), read, {
    ...bounds,
    signal,
    onListChanged: () => note('Its list of tools has changed; the run keeps those that it began with.'),
  });
  try {
    const live = await connection.live();
    const name = options.name ?? live.client.getServerVersion()?.name ?? 'mcp';
    const offered = await offeredTools(connection, bounds);
    for (const text of offered.notes) note(text);
    const wanted = chosen(offered.tools, options.only, read.label);
    return { tools: named(wanted, name, options, connection, bounds, note), close: () => connection.close() };
  } catch (error) {
    await connection.close();
    if (error instanceof PerigeeError) throw error;
    const { message } = error as Error;
    throw new PerigeeError(
      'connection-lost',
      `The tools of the MCP server ${read.label} could not be listed: ${message}`,
      {
        remedy: 'Check that it offers tools.',
        cause: error,
      },
    );
  }
}

type Bounds = typeof DEFAULTS & CallLimits;

function named(
  offered: readonly OfferedTool[],
  server: string,
  { taken = [], trustHints = false }: McpOptions,
  connection: Connection,
  bounds: Bounds,
  note: (text: string) => void,
): Tools {
  const names = new Set(taken);
  const tools: [string, Tool][] = [];
  for (const tool of offered) {
    const name = toolName(server, tool.name, (candidate) => names.has(candidate));
    if (name !== tool.name) note(`Its tool ${JSON.stringify(tool.name.slice(0, 100))} is called ${name}.`);
    names.add(name);
    tools.push([name, asTool(tool, trustHints, connection, bounds)]);
  }
  return Object.fromEntries(tools);
}

function asTool(offered: OfferedTool, trustHints: boolean, connection: Connection, bounds: Bounds): Tool {
  const { name, description, schema, hints } = offered;
  return {
    description,
    jsonSchema: schema,
    inputSchema: plainSchema(schema),
    ...(trustHints && hints['readOnlyHint'] === true && { readOnly: true }),
    replay:
      trustHints && (hints['readOnlyHint'] === true || hints['idempotentHint'] === true) ? 'safe' : 'never',
    // Care is believed without asking who it is that asks for it.
    ...(hints['destructiveHint'] === true && { needsApproval: true }),
    async execute(input: Record<string, unknown>, { signal }: ToolContext) {
      const params = { name, arguments: input };
      const result = await connection.request('tools/call', params, bounds, signal);
      const text = mcpResultText(result, bounds.maxOutputBytes);
      if (result['isError'] === true)
        throw new Error(text === '' ? 'The tool failed and did not say why.' : text);
      return text;
    },
  };
}

function chosen(
  offered: readonly OfferedTool[],
  only: readonly string[] | undefined,
  label: string,
): readonly OfferedTool[] {
  if (only === undefined) return offered;
  const missing = only.find((name) => !offered.some((tool) => tool.name === name));
  if (missing === undefined) return offered.filter((tool) => only.includes(tool.name));
  throw new PerigeeError('invalid-options', `The MCP server ${label} has no tool "${missing}".`, {
    remedy: `Its tools are: ${
      offered
        .map((tool) => tool.name)
        .slice(0, 100)
        .join(', ') || 'none'
    }.`,
  });
}

function checkBounds(options: McpOptions): Bounds {
  const given = Object.entries(DEFAULTS).map(([name, standard]) => {
    const value = options[name as keyof typeof DEFAULTS] ?? standard;
    if (Number.isFinite(value) && value > 0 && value < 2 ** 31) return [name, value];
    throw new PerigeeError('invalid-options', `${name} of mcpTools is ${value}.`, {
      remedy: 'Give a number above 0.',
    });
  });
  return Object.fromEntries(given) as Bounds;
}
