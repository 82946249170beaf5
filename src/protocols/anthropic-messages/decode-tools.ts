import {
  isJsonObject,
  Kept,
  markLikewise,
  PerigeeError,
  type ToolChoice,
  type ToolDeclaration,
} from '../../core/index.ts';
import { CLIENT_TOOLS, type ClientTool } from './client-tools-data.ts';
import type { ToolChanges } from './tool-changes.ts';
import {
  invalidField,
  objectAt,
  optionalBoolean,
  optionalList,
  optionalObject,
  optionalString,
  type Wire,
} from './wire-reading.ts';

/** The tools that clients send again with every request, by how they stand there; null: it is left out. */
const known = new Kept<Wire, { readonly tool: ToolDeclaration | null }>();
const lists = new Kept<readonly unknown[], readonly ToolDeclaration[]>();

/**
 * The tools of a request. Deferred ones (`defer_loading`) are declared at once, so the search that would have found
 * them (`tool_search_tool_*`) is left out. Throws `gateway-unsupported` for tools that only Anthropic has.
 */
export function decodeTools(wire: Wire, changes: ToolChanges): readonly ToolDeclaration[] {
  const listed = optionalList(wire, 'tools') ?? [];
  if (!changes.isEmpty) return declared(listed, changes);
  return lists.get(listed) ?? lists.set(listed, markLikewise(listed, declared(listed, changes)));
}

function declared(listed: readonly unknown[], changes: ToolChanges): ToolDeclaration[] {
  const tools: ToolDeclaration[] = [];
  changes.apply(listed, (entry, place) => {
    const object = objectAt(entry, place);
    const { tool } = known.get(object) ?? known.set(object, { tool: decodeTool(object, place) });
    if (tool) tools.push(markLikewise(object, tool));
  });
  return tools;
}

function decodeTool(tool: Wire, place: string): ToolDeclaration | null {
  const type = optionalString(tool, 'type', `${place}.type`) ?? 'custom';
  if (type === 'custom' || isJsonObject(tool['input_schema'])) return decodeCustomTool(tool, place);
  if (type.startsWith('tool_search_tool')) return null;
  const known = CLIENT_TOOLS.find((candidate) => candidate.type.test(type));
  if (known) return declareClientTool(known, tool, place);
  throw new PerigeeError(
    'gateway-unsupported',
    // Some of these a client would run, but only Anthropic knows how a model is told of them.
    `${place}: "${type.slice(0, 100)}" is a tool of Anthropic's own and cannot be served here.`,
    {
      param: `${place}.type`,
      remedy: 'Leave this tool out, or declare one of your own with a name and an input_schema.',
    },
  );
}

function decodeCustomTool(tool: Wire, place: string): ToolDeclaration {
  const name = tool['name'];
  if (typeof name !== 'string' || name === '') throw invalidField(`${place}.name`, 'be the name of the tool');
  const said = optionalString(tool, 'description', `${place}.description`);
  const description = [said, examples(tool['input_examples'])].filter(Boolean).join('\n\n');
  const parameters = optionalObject(tool, 'input_schema', `${place}.input_schema`);
  const strict = optionalBoolean(tool, 'strict', `${place}.strict`);
  return {
    name,
    ...(description !== '' && { description }),
    ...(parameters && { parameters }),
    ...(strict !== undefined && { strict }),
  };
}

/** Examples of arguments; only Anthropic has a field for them. */
function examples(list: unknown): string {
  if (!Array.isArray(list) || list.length === 0) return '';
  try {
    return `Examples of arguments:\n${list.map((example) => JSON.stringify(example)).join('\n')}`;
  } catch {
    return '';
  }
}

function declareClientTool(known: ClientTool, tool: Wire, place: string): ToolDeclaration {
  const { description, parameters } = known;
  const width = tool['display_width_px'];
  const height = tool['display_height_px'];
  const display =
    typeof width === 'number' && typeof height === 'number'
      ? ` The display has ${width}x${height} pixels.`
      : '';
  const name = optionalString(tool, 'name', `${place}.name`) ?? known.name;
  return { name, description: description + display, parameters };
}

/** What a request says about calling tools. */
export interface ToolSettings {
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: false;
}

/** Reads `tool_choice`. Throws `invalid-request`. */
export function decodeToolChoice(wire: Wire): ToolSettings {
  const choice = optionalObject(wire, 'tool_choice');
  if (!choice) return {};
  const single = optionalBoolean(
    choice,
    'disable_parallel_tool_use',
    'tool_choice.disable_parallel_tool_use',
  );
  return { toolChoice: choiceOf(choice), ...(single === true && { parallelToolCalls: false }) };
}

function choiceOf({ type, name }: Wire): ToolChoice {
  switch (type) {
    case 'auto':
    case 'none':
      return type;
    case 'any':
      return 'required';
    case 'tool':
      if (typeof name !== 'string' || name === '') throw invalidField('tool_choice.name', 'be a string');
      // What would have been found by the search is declared already.
      return name.startsWith('tool_search_tool') ? 'auto' : { name };
    default:
      throw invalidField('tool_choice.type', 'be "auto", "any", "tool" or "none"');
  }
}
