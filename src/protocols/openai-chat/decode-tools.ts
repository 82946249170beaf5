import { isJsonObject, Kept, markLikewise, type ToolChoice, type ToolDeclaration } from '../../core/index.ts';
import type { DecodedHistory } from './decode-history.ts';
import { invalid, kindOf, optionalArray, unsupported, type Wire } from './request-field.ts';

/** What a request says of tools. */
export interface DecodedTools {
  readonly tools?: readonly ToolDeclaration[];
  readonly toolChoice?: ToolChoice;
  /** Names of `custom` tools, whose calls the client wants as plain text. */
  readonly custom: ReadonlySet<string>;
  /** The client uses `functions`, the form before `tools`. */
  readonly legacy: boolean;
}

/** The one parameter of a `custom` tool, which Kimi sees as a function. */
const CUSTOM_PARAMETERS = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The input, as plain text.' } },
  required: ['input'],
  additionalProperties: false,
} as const;

/** Reads `tools` and `tool_choice`, or the `functions` and `function_call` of old clients. */
export function decodeTools(wire: Wire, history: DecodedHistory): DecodedTools {
  const { tools: current, custom } = allTools(optionalArray(wire, 'tools') ?? [], history);
  const functions = current.length === 0 ? optionalArray(wire, 'functions') : undefined;
  const tools =
    functions?.map((entry, position) => decodeFunction(entry, `functions[${position}]`)) ?? current;
  const legacy = functions !== undefined && functions.length > 0;
  const { choice, allowed } = legacy ? legacyChoice(wire) : decodeChoice(wire['tool_choice']);
  const usable = allowed === undefined ? tools : allowedOf(tools, allowed);
  checkChoice(choice, usable, legacy ? 'function_call' : 'tool_choice');
  return {
    custom,
    legacy,
    ...(usable.length > 0 && { tools: usable }),
    ...(choice !== undefined && { toolChoice: choice }),
  };
}

interface Declared {
  readonly tools: readonly ToolDeclaration[];
  readonly custom: ReadonlySet<string>;
}

const declared = new Kept<readonly unknown[], Declared>();

/** What is declared in the request and, after that, in its history. */
function allTools(listed: readonly unknown[], history: DecodedHistory): Declared {
  const own = declared.get(listed) ?? declared.set(listed, declaredIn(listed));
  if (history.tools.length === 0) return own;
  const custom = new Set(own.custom);
  const later = history.tools.map(({ wire: entry, at }) => decodeTool(entry, at, custom));
  return { tools: [...own.tools, ...later], custom };
}

function declaredIn(listed: readonly unknown[]): Declared {
  const custom = new Set<string>();
  const tools = listed.map((entry, position) => decodeTool(entry, `tools[${position}]`, custom));
  return { tools: markLikewise(listed, tools), custom };
}

const decoded = new Kept<object, ToolDeclaration>();

function decodeTool(entry: unknown, at: string, custom: Set<string>): ToolDeclaration {
  if (!isJsonObject(entry)) throw invalid(at, `must be a tool, and is ${kindOf(entry)}`, 'Send an object.');
  const type = entry['type'] ?? 'function';
  if (type === 'function') {
    const known = decoded.get(entry);
    if (known) return known;
    // Some clients send the flat form of the Responses protocol.
    const inner = isJsonObject(entry['function']);
    const tool = inner ? decodeFunction(entry['function'], `${at}.function`) : decodeFunction(entry, at);
    return decoded.set(entry, markLikewise(entry, tool));
  }
  if (type === 'custom') {
    const inner = isJsonObject(entry['custom']) ? entry['custom'] : entry;
    const tool = decodeCustom(inner, at);
    custom.add(tool.name);
    return tool;
  }
  throw unsupported(
    at,
    typeof type === 'string'
      ? `has the type ${JSON.stringify(type.slice(0, 40))}, a tool that a host would have to run`
      : `has a type that is ${kindOf(type)}`,
    'Leave it out, or declare a function that your program runs.',
  );
}

function decodeFunction(entry: unknown, at: string): ToolDeclaration {
  if (!isJsonObject(entry))
    throw invalid(at, `must be a function, and is ${kindOf(entry)}`, 'Send an object.');
  const { description, parameters, strict } = entry;
  if (parameters !== undefined && parameters !== null && !isJsonObject(parameters)) {
    throw invalid(
      `${at}.parameters`,
      `must be a JSON Schema, and is ${kindOf(parameters)}`,
      'Send an object.',
    );
  }
  return {
    name: toolName(entry, at),
    ...(typeof description === 'string' && { description }),
    ...(isJsonObject(parameters) && { parameters }),
    ...(typeof strict === 'boolean' && { strict }),
  };
}

function decodeCustom(inner: Wire, at: string): ToolDeclaration {
  const format = isJsonObject(inner['format']) ? inner['format'] : {};
  const grammar = isJsonObject(format['grammar']) ? format['grammar'] : format;
  const lines = typeof inner['description'] === 'string' ? [inner['description']] : [];
  if (typeof grammar['definition'] === 'string') {
    const syntax = typeof grammar['syntax'] === 'string' ? ` (${grammar['syntax']})` : '';
    lines.push(`The input must match this grammar${syntax}:\n${grammar['definition']}`);
  }
  return {
    name: toolName(inner, at),
    ...(lines.length > 0 && { description: lines.join('\n\n') }),
    parameters: CUSTOM_PARAMETERS,
  };
}

function toolName(entry: Wire, at: string): string {
  const name = entry['name'];
  if (typeof name === 'string' && name !== '') return name;
  throw invalid(`${at}.name`, `is ${name === '' ? 'empty' : kindOf(name)}`, 'Give the tool a name.');
}

/** A tool that must be called has to be there. Without any tools there is nothing to choose, and nothing is asked. */
function checkChoice(choice: ToolChoice | undefined, tools: readonly ToolDeclaration[], at: string): void {
  if (typeof choice !== 'object' || tools.length === 0) return;
  if (tools.some(({ name }) => name === choice.name)) return;
  const name = JSON.stringify(choice.name.slice(0, 80));
  throw invalid(at, `names ${name}, which is not among the tools`, 'Name a declared tool, or leave it out.');
}

interface Choice {
  readonly choice?: ToolChoice;
  /** The only tools that may be called; undefined: all. */
  readonly allowed?: ReadonlySet<string>;
}

function decodeChoice(wire: unknown): Choice {
  if (wire === undefined || wire === null) return {};
  const kind = isJsonObject(wire) ? wire['type'] : wire;
  switch (kind) {
    case 'auto':
    case 'none':
    case 'required':
      return { choice: kind };
    case 'any':
      return { choice: 'required' };
  }
  if (!isJsonObject(wire)) throw wrongChoice(wire);
  if (kind !== 'allowed_tools') return { choice: { name: chosenName(wire, 'tool_choice') } };
  return allowedTools(isJsonObject(wire['allowed_tools']) ? wire['allowed_tools'] : wire);
}

function allowedTools(wire: Wire): Choice {
  const at = 'tool_choice.allowed_tools';
  const entries = optionalArray(wire, 'tools', `${at}.tools`) ?? [];
  const allowed = new Set(
    entries.map((entry, position) => {
      if (isJsonObject(entry)) return chosenName(entry, `${at}.tools[${position}]`);
      throw invalid(`${at}.tools[${position}]`, `must be a tool, and is ${kindOf(entry)}`, 'Send an object.');
    }),
  );
  return { choice: wire['mode'] === 'required' ? 'required' : 'auto', allowed };
}

/** The tools that may be called. With a misspelt name the model would have none, and nobody would be told. */
function allowedOf(
  tools: readonly ToolDeclaration[],
  allowed: ReadonlySet<string>,
): readonly ToolDeclaration[] {
  if (tools.length === 0) return tools;
  for (const wanted of allowed) {
    if (tools.some(({ name }) => name === wanted)) continue;
    throw invalid(
      'tool_choice.allowed_tools',
      `names ${JSON.stringify(wanted.slice(0, 128))}, which is not among the tools`,
      'Name declared tools, or leave it out.',
    );
  }
  return tools.filter(({ name }) => allowed.has(name));
}

/** `{function: {name}}`, `{custom: {name}}`, or the flat form. */
function chosenName(wire: Wire, at: string): string {
  const inner = wire['function'] ?? wire['custom'] ?? wire;
  const name = isJsonObject(inner) ? inner['name'] : undefined;
  if (typeof name === 'string' && name !== '') return name;
  throw invalid(at, 'names no tool', 'Send {"type":"function","function":{"name":"…"}}.');
}

function legacyChoice(wire: Wire): Choice {
  const choice = wire['function_call'];
  if (choice === undefined || choice === null) return {};
  if (choice === 'auto' || choice === 'none') return { choice };
  if (isJsonObject(choice)) return { choice: { name: chosenName(choice, 'function_call') } };
  throw invalid('function_call', `must be auto, none or {"name":"…"}`, 'Use one of these.');
}

function wrongChoice(wire: unknown): Error {
  const is = typeof wire === 'string' ? JSON.stringify(wire.slice(0, 40)) : kindOf(wire);
  return invalid('tool_choice', `is ${is}`, 'Use auto, none, required, or an object that names a function.');
}
