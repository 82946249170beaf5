import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Tool, Tools } from '../agent/index.ts';
import { isJsonObject, nearest } from '../core/index.ts';
import { type ToolsetOptions, toolsets } from '../tools/index.ts';
import { UsageError } from './failure.ts';

const NAMES = Object.keys(toolsets);

/**
 * The tools that `--tools` asks for: toolsets by name, separated by commas, and modules by path (anything with
 * a slash or ending in .js, .mjs, .ts), which export a record of tools as `default`, as `tools` or by name. `builtins`:
 * the tools that the host runs itself; default any.
 */
export async function loadTools(
  list: string,
  options: ToolsetOptions = {},
  builtins?: readonly string[],
): Promise<Tools> {
  const groups = await loadToolGroups(list, options, builtins);
  return Object.fromEntries([...groups.values()].flatMap((tools) => Object.entries(tools)));
}

/** The same, by the entries of the list. */
export async function loadToolGroups(
  list: string,
  options: ToolsetOptions = {},
  builtins?: readonly string[],
): Promise<ReadonlyMap<string, Tools>> {
  const groups = new Map<string, Tools>();
  const taken = new Set<string>();
  for (const entry of toolEntries(list)) {
    const found = isPath(entry) ? await fromModule(entry) : fromToolset(entry, options);
    for (const [name, tool] of Object.entries(found)) {
      if (taken.has(name)) throw new UsageError(`--tools: two tools are called ${name}.`);
      if (tool.builtin && builtins?.includes(name) === false) throw notRunHere(entry, name);
      taken.add(name);
    }
    groups.set(entry, found);
  }
  return groups;
}

/** What a list of `--tools` names, each once. */
export function toolEntries(list: string): readonly string[] {
  const entries = new Set(list.split(',').map((part) => part.trim()));
  return [...entries].filter((entry) => entry !== '' && entry !== 'none');
}

function notRunHere(entry: string, name: string): UsageError {
  return new UsageError(
    `--tools ${entry}: the tool ${name} is run by the host, and the model is not at one that has it.\n` +
      "  Moonshot's own has it: set MOONSHOT_API_KEY, and leave out --base-url and --completions.",
  );
}

function isPath(entry: string): boolean {
  return /[/\\]|\.[cm]?[jt]s$/.test(entry);
}

function fromToolset(name: string, options: ToolsetOptions): Tools {
  if (Object.hasOwn(toolsets, name)) return toolsets[name as keyof typeof toolsets](options) as Tools;
  const meant = nearest(name, NAMES);
  throw new UsageError(
    `--tools: there is no toolset ${JSON.stringify(name)}.${meant === undefined ? '' : ` Did you mean ${meant}?`}\n` +
      `  There are ${NAMES.join(', ')}; a module of your own is given by its path, ./my-tools.mjs.`,
  );
}

async function fromModule(path: string): Promise<Tools> {
  const file = resolve(path);
  if (!existsSync(file)) throw new UsageError(`--tools: there is no file ${path}.`);
  if (statSync(file).isDirectory()) throw new UsageError(`--tools: ${path} is a folder, not a module.`);
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    throw new UsageError(`--tools: ${path} cannot be loaded.\n  ${loadFailure(error, file)}`);
  }
  const tools = toolsOf(module);
  if (Object.keys(tools).length > 0) return tools;
  throw new UsageError(
    `--tools: ${path} exports no tools. Export a record of them, as in\n` +
      '  export default { my_tool: { description: "…", inputSchema: { type: "object" }, execute(input) { … } } };',
  );
}

/** A record under `default` or `tools`, else what the module exports by name, helpers of its own left out. */
function toolsOf(module: Record<string, unknown>): Tools {
  for (const candidate of [module['default'], module['tools'], module]) {
    if (typeof candidate !== 'object' || candidate === null || isTool(candidate)) continue;
    const tools = Object.entries(candidate).filter((entry): entry is [string, Tool] => isTool(entry[1]));
    if (tools.length > 0) return Object.fromEntries(tools);
  }
  return {};
}

function isTool(value: unknown): value is Tool {
  return isJsonObject(value) && typeof value['execute'] === 'function';
}

/** What the module threw and, where the error knows, at which line. */
function loadFailure(error: unknown, file: string): string {
  if (!(error instanceof Error)) return String(error);
  if ((error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    return `This version of Node (${process.version}) does not run such files: compile it to .mjs, or use Node 22.18 or later.`;
  }
  const place =
    error instanceof SyntaxError
      ? syntaxErrorIn(file)
      : /file:\/\/(\S+?:\d+(?::\d+)?)/.exec(error.stack ?? '')?.[1];
  return `${error.name}: ${error.message}${place === undefined ? '' : `\n  at ${place}`}`;
}

/** Node tells the line of a syntax error to nobody but its own console. */
function syntaxErrorIn(file: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' });
  return /^(?:file:\/\/)?(\S.*:\d+)$/m.exec(stderr)?.[1];
}
