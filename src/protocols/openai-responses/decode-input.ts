import { isJsonObject, type Message, type Note, textOf } from '../../core/index.ts';
import type { DecodeOptions } from '../front/index.ts';
import { asksForCompaction, compactionMessage, compactionRequest } from './compaction.ts';
import { CUSTOM_PROPERTY } from './custom-input.ts';
import { decodeContent } from './decode-content.ts';
import { invalid, requiredString } from './fields.ts';
import { decodeHostedItem } from './hosted-items.ts';
import { addResult, argumentsText, callId, type InputContext } from './input-context.ts';
import { decodeLocalItem } from './local-items.ts';
import type { Item } from './reply.ts';
import type { ToolTable } from './tool-table.ts';
import { answerIdOf, Transcript } from './transcript.ts';

/** The items of `input`; a string is one message of the user. Throws `invalid-request`. */
export function inputItems(json: Item): readonly Item[] {
  const input = json['input'] ?? undefined;
  if (input === undefined) return [];
  if (typeof input === 'string') {
    return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
  }
  if (!Array.isArray(input)) throw invalid('input', '`input` must be a string or an array of items.');
  input.forEach((item, index) => {
    if (!isJsonObject(item)) throw invalid(`input[${index}]`, `\`input[${index}]\` must be an object.`);
  });
  return input as Item[];
}

/** The items as messages, after those that were recalled. */
export function decodeInput(
  items: readonly Item[],
  recalled: readonly Message[],
  table: ToolTable,
  options: DecodeOptions,
  notes: Note[],
): Message[] {
  const transcript = new Transcript();
  for (const message of recalled) transcript.recall(message);
  const told = new Set<string>();
  const left = (what: string): void => {
    if (told.has(what)) return;
    told.add(what);
    notes.push({ stage: 'fields', action: 'dropped', text: `Left out of \`input\`: ${what}.` });
  };
  const context = { transcript, table, options, left };
  const compacts = asksForCompaction(items);
  (compacts ? items.slice(0, -1) : items).forEach((item, index) => {
    decodeItem(item, `input[${index}]`, context);
  });
  if (compacts) transcript.message(compactionRequest);
  return transcript.messages();
}

function decodeItem(item: Item, at: string, context: InputContext): void {
  const { transcript, table } = context;
  switch (item['type'] ?? ('role' in item ? 'message' : 'item_reference')) {
    case 'message':
      decodeMessage(item, at, context);
      return;
    case 'reasoning':
      decodeReasoning(item, context);
      return;
    case 'function_call': {
      const name = flatName(item, at, table);
      transcript.call([callId(item, at)], name, argumentsText(item['arguments']), answerIdOf(item));
      return;
    }
    case 'custom_tool_call': {
      const name = flatName(item, at, table);
      const input = typeof item['input'] === 'string' ? item['input'] : '';
      const text = JSON.stringify({ [CUSTOM_PROPERTY]: input });
      transcript.call([callId(item, at)], name, text, answerIdOf(item));
      return;
    }
    case 'function_call_output':
    case 'custom_tool_call_output':
      decodeOutput(item, at, context);
      return;
    case 'compaction': {
      const message = compactionMessage(item);
      if (message) transcript.message(message);
      else context.left('a compaction of the conversation that was made elsewhere');
      return;
    }
    case 'item_reference':
      decodeReference(item, at, context);
      return;
    // Tools and settings were read before.
    case 'additional_tools':
    case 'configuration_update':
      return;
    default:
      if (!decodeLocalItem(item, at, context)) decodeHostedItem(item, at, context);
  }
}

function decodeMessage(item: Item, at: string, { transcript, left }: InputContext): void {
  const content = decodeContent(item['content'], `${at}.content`, left);
  switch (item['role']) {
    case 'user':
      transcript.message({ role: 'user', content });
      return;
    case 'system':
    case 'developer':
      transcript.message({ role: 'system', content });
      return;
    case 'assistant': {
      if (typeof content !== 'string' && content.some(({ type }) => type !== 'text')) {
        left('media in a message of the assistant');
      }
      transcript.text(textOf(content), answerIdOf(item));
      return;
    }
    default:
      throw invalid(`${at}.role`, `\`${at}.role\` must be "user", "assistant", "system" or "developer".`);
  }
}

function decodeReasoning(item: Item, { transcript, options }: InputContext): void {
  const shown = partsText(item['content'], '') || partsText(item['summary'], '\n\n');
  const sealed = item['encrypted_content'];
  const unsealed = typeof sealed === 'string' ? options.unseal?.(sealed, shown) : undefined;
  transcript.reasoning(unsealed?.reasoning ?? shown, unsealed?.signature, answerIdOf(item));
}

function decodeOutput(item: Item, at: string, context: InputContext): void {
  const id = requiredString(item, 'call_id', `${at}.call_id`);
  const { output } = item;
  // Older Codex wraps what failed.
  const wrapped = isJsonObject(output) ? output : undefined;
  const content = decodeContent(wrapped ? wrapped['content'] : output, `${at}.output`, context.left);
  addResult(context, id, content, wrapped?.['success'] === false);
}

function decodeReference(item: Item, at: string, context: InputContext): void {
  const id = requiredString(item, 'id', `${at}.id`);
  const { recallItem } = context.options;
  const found = recallItem?.(id);
  if (typeof found?.['type'] === 'string' && found['type'] !== 'item_reference') {
    decodeItem(found, at, context);
    return;
  }
  // What the model thought can be missed, and a further part of an answer is stored with its first.
  const first = /^([a-z]{2,4}_[A-Za-z0-9]{1,30}_)[1-9]\d*$/.exec(id)?.[1];
  if (id.startsWith('rs_') || (first !== undefined && recallItem?.(`${first}0`))) {
    context.left('a reference to an item that is not stored');
    return;
  }
  throw invalid(
    `${at}.id`,
    `There is no stored item \`${id.slice(0, 100)}\`.`,
    'Send the item itself: most clients do with `store: false`.',
  );
}

function flatName(item: Item, at: string, table: ToolTable): string {
  const { namespace } = item;
  return table.flatName(
    requiredString(item, 'name', `${at}.name`),
    typeof namespace === 'string' ? namespace : undefined,
  );
}

function partsText(parts: unknown, separator: string): string {
  if (typeof parts === 'string') return parts;
  if (!Array.isArray(parts)) return '';
  const texts = parts.map((part: unknown) => (isJsonObject(part) ? part['text'] : part));
  return texts.filter((text) => typeof text === 'string').join(separator);
}
