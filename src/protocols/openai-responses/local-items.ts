import { isJsonObject } from '../../core/index.ts';
import { decodeContent } from './decode-content.ts';
import { addResult, argumentsText, callId, type InputContext } from './input-context.ts';
import type { Item } from './reply.ts';
import { answerIdOf } from './transcript.ts';

/** Calls of tools that clients run themselves, by the item's type: the tool, and the field with what was asked. */
const CALLS: { readonly [type: string]: { readonly tool: string; readonly field: string } } = {
  tool_search_call: { tool: 'tool_search', field: 'arguments' },
  local_shell_call: { tool: 'local_shell', field: 'action' },
  shell_call: { tool: 'shell', field: 'action' },
  apply_patch_call: { tool: 'apply_patch', field: 'operation' },
  computer_call: { tool: 'computer', field: 'action' },
};

/** Reads such a call or its result; false for an item of another type. */
export function decodeLocalItem(item: Item, at: string, context: InputContext): boolean {
  const type = String(item['type']);
  if (Object.hasOwn(CALLS, type)) {
    const { tool, field } = CALLS[type]!;
    // A search by OpenAI's servers has no id that a result could name.
    if (item['call_id'] === null && type === 'tool_search_call') return true;
    const ids = [callId(item, at)];
    if (typeof item['id'] === 'string') ids.push(item['id']);
    const asked = item[field] ?? item['actions'];
    const name = context.table.flatName(tool, undefined);
    context.transcript.call(ids, name, writtenArguments(asked), answerIdOf(item));
    return true;
  }
  if (!type.endsWith('_output')) return false;
  switch (type) {
    case 'tool_search_output':
      if (item['call_id'] !== null) addResult(context, callId(item, at), foundTools(item, context), false);
      return true;
    case 'local_shell_call_output':
    case 'apply_patch_call_output': {
      const failed = item['status'] === 'failed';
      const content = decodeContent(item['output'], `${at}.output`, context.left);
      addResult(context, callId(item, at), content === '' ? String(item['status'] ?? '') : content, failed);
      return true;
    }
    case 'shell_call_output':
      addResult(context, callId(item, at), shellOutput(item['output']), false);
      return true;
    case 'computer_call_output':
      addResult(
        context,
        callId(item, at),
        decodeContent([item['output']], `${at}.output`, context.left),
        false,
      );
      return true;
    default:
      return false;
  }
}

/** `type` says what kind of action it is, which the tool's name already does. */
function writtenArguments(asked: unknown): string {
  if (!isJsonObject(asked) || asked['type'] !== 'exec') return argumentsText(asked);
  const { type: _, ...rest } = asked;
  return argumentsText(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)));
}

/** The tools themselves were declared before; the model is told their names. */
function foundTools(item: Item, { table }: InputContext): string {
  const tools = Array.isArray(item['tools']) ? item['tools'].filter(isJsonObject) : [];
  const names = tools.flatMap((tool) => {
    const { name, type, tools: inner } = tool;
    if (type !== 'namespace') return typeof name === 'string' ? [table.flatName(name, undefined)] : [];
    const own = Array.isArray(inner) ? inner.filter(isJsonObject) : [];
    return own.flatMap((each) =>
      typeof each['name'] === 'string' && typeof name === 'string'
        ? [table.flatName(each['name'], name)]
        : [],
    );
  });
  return names.length === 0 ? 'No tool was found.' : `These tools can be called now: ${names.join(', ')}.`;
}

function shellOutput(output: unknown): string {
  if (typeof output === 'string') return output;
  const parts = Array.isArray(output) ? output.filter(isJsonObject) : [];
  return parts
    .map(({ stdout, stderr, outcome }) => {
      const ended = isJsonObject(outcome) ? outcome : {};
      const status =
        ended['type'] === 'timeout'
          ? '[timed out]'
          : `[exit code ${String(ended['exit_code'] ?? 'unknown')}]`;
      return [stdout, stderr, status].filter((text) => typeof text === 'string' && text !== '').join('\n');
    })
    .join('\n');
}
