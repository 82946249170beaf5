import { isJsonObject } from '../../core/index.ts';
import { decodeContent } from './decode-content.ts';
import { addResult, argumentsText, callId, type InputContext } from './input-context.ts';
import type { Item } from './reply.ts';
import { answerIdOf } from './transcript.ts';

/**
 * Reads items of tools that OpenAI's servers ran, and of types that are not known: what has a result stands in the
 * history as a call with it, what has a text is told, the rest is left out. A history never makes a request fail.
 */
export function decodeHostedItem(item: Item, at: string, context: InputContext): void {
  const type = String(item['type']);
  switch (type) {
    case 'mcp_call': {
      const result = item['output'] ?? item['error'];
      const failed = (item['output'] ?? null) === null;
      const name = context.table.flatName(String(item['name']), String(item['server_label'] ?? 'mcp'));
      ranCall(item, at, name, item['arguments'], result, failed, context);
      return;
    }
    case 'code_interpreter_call':
      ranCall(item, at, 'code_interpreter', { code: item['code'] }, logsOf(item), false, context);
      return;
    case 'file_search_call':
      ranCall(item, at, 'file_search', { queries: item['queries'] }, item['results'], false, context);
      return;
    default: {
      const { role, content } = item;
      if (typeof content === 'string' || Array.isArray(content)) {
        const message = decodeContent(content, `${at}.content`, context.left);
        const system = role === 'system' || role === 'developer';
        context.transcript.message({ role: system ? 'system' : 'user', content: message });
        return;
      }
      context.left(`an item of the type \`${type.slice(0, 100)}\``);
    }
  }
}

function ranCall(
  item: Item,
  at: string,
  name: string,
  asked: unknown,
  result: unknown,
  failed: boolean,
  context: InputContext,
): void {
  if (result === undefined || result === null) {
    context.left(`an item of the type \`${String(item['type'])}\` without a result`);
    return;
  }
  const id = callId(item, at);
  context.transcript.call([id], name, argumentsText(asked), answerIdOf(item));
  addResult(context, id, argumentsText(result), failed);
}

function logsOf(item: Item): string | undefined {
  const outputs = Array.isArray(item['outputs']) ? item['outputs'].filter(isJsonObject) : [];
  const logs = outputs.flatMap(({ logs }) => (typeof logs === 'string' ? [logs] : []));
  return logs.length === 0 ? undefined : logs.join('\n');
}
