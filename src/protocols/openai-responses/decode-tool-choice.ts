import { isJsonObject, type ToolChoice, type ToolDeclaration } from '../../core/index.ts';
import { invalid, optionalArray, unsupported } from './fields.ts';
import type { Item } from './reply.ts';
import type { ToolTable } from './tool-table.ts';

interface Chosen {
  readonly tools?: readonly ToolDeclaration[];
  readonly toolChoice?: ToolChoice;
}

/**
 * The tools that the model may call and whether it must. Throws `invalid-request` for a tool that is not declared and
 * `gateway-unsupported` where the request rests on one that only OpenAI's servers could run.
 */
export function decodeToolChoice(json: Item, table: ToolTable): Chosen {
  const choice = json['tool_choice'] ?? undefined;
  if (table.declarations.length === 0) return withoutTools(choice, table);
  const tools = table.declarations;
  if (choice === undefined) return { tools };
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { tools, toolChoice: choice };
  if (!isJsonObject(choice)) {
    throw invalid('tool_choice', '`tool_choice` must be "auto", "none", "required" or an object.');
  }
  if (choice['type'] !== 'allowed_tools') {
    return { tools, toolChoice: { name: chosenTool(choice, 'tool_choice', table) } };
  }
  return allowed(choice, table);
}

function withoutTools(choice: unknown, table: ToolTable): Chosen {
  const [hosted] = table.hosted;
  if (choice === undefined || choice === 'auto' || choice === 'none') {
    if (hosted === undefined || choice === 'none') return {};
    throw hostedOnly('tools', hosted);
  }
  if (hosted !== undefined) throw hostedOnly('tools', hosted);
  throw invalid('tool_choice', '`tool_choice` asks for a call, and there are no tools.', 'Declare `tools`.');
}

/** `allowed_tools`: only these are declared, for nothing else keeps another model from the rest. */
function allowed(choice: Item, table: ToolTable): Chosen {
  const names = new Set<string>();
  const hosted: string[] = [];
  (optionalArray(choice, 'tools', 'tool_choice.tools') ?? []).forEach((tool, index) => {
    const at = `tool_choice.tools[${index}]`;
    if (!isJsonObject(tool)) throw invalid(at, `\`${at}\` must be an object.`);
    const type = tool['type'];
    if (typeof type === 'string' && table.hosted.has(type)) hosted.push(type);
    else names.add(chosenTool(tool, at, table));
  });
  if (names.size === 0 && hosted[0] !== undefined) throw hostedOnly('tool_choice', hosted[0]);
  const tools = table.declarations.filter(({ name }) => names.has(name));
  if (tools.length === 0) throw invalid('tool_choice.tools', '`tool_choice.tools` allows no tool.');
  return { tools, toolChoice: choice['mode'] === 'required' ? 'required' : 'auto' };
}

function chosenTool(choice: Item, at: string, table: ToolTable): string {
  const { type, namespace } = choice;
  const inner = isJsonObject(choice['function']) ? choice['function'] : choice;
  const named = type === 'function' || type === 'custom';
  const name = named ? inner['name'] : type;
  if (typeof name !== 'string') {
    throw invalid(at, `\`${at}\` must name a tool, as in {"type": "function", "name": "…"}.`);
  }
  if (!named && !table.tools.has(name)) throw hostedOnly(at, name);
  const flat = table.flatName(name, typeof namespace === 'string' ? namespace : undefined);
  if (!table.tools.has(flat)) {
    throw invalid(at, `\`${at}\` names the tool \`${name.slice(0, 100)}\`, which is not in \`tools\`.`);
  }
  return flat;
}

function hostedOnly(param: string, type: string): Error {
  return unsupported(
    param,
    `The tool \`${type.slice(0, 100)}\` runs on OpenAI's servers, so it cannot be used here.`,
    'Declare a function that does the same and run it yourself, or leave the tool out.',
  );
}
