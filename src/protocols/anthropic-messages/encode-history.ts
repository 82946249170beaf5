import {
  type AssistantMessage,
  type Content,
  type ContentPart,
  type Message,
  parseJsonObject,
  type ToolCall,
  type ToolMessage,
  textOf,
} from '../../core/index.ts';
import type { MessagesDialect } from './dialect.ts';
import { isDeeperThan } from './json-depth.ts';
import { WireIds } from './wire-ids.ts';
import type { Wire } from './wire-reading.ts';

/** Levels of arguments that are sent as they are. */
const DEEPEST = 500;

/**
 * A conversation as `system` and `messages`. System messages at its beginning are the system prompt; a later one stands
 * in a user message, marked as what it is. Results of tools share one user message with what the user says next.
 */
export function encodeHistory(
  messages: readonly Message[],
  dialect: MessagesDialect,
  thinking: boolean,
): { readonly system?: string; readonly messages: readonly Wire[] } {
  const first = messages.findIndex((message) => message.role !== 'system');
  const begin = first < 0 ? messages.length : first;
  const system = messages
    .slice(0, begin)
    .map((message) => textOf(message.content))
    .filter((text) => text !== '')
    .join('\n\n');
  const ids = new WireIds(idsIn(messages));
  const wire: { role: string; content: Wire[] }[] = [];
  for (const message of messages.slice(begin)) {
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = encodeMessage(message, ids, dialect, thinking);
    const last = wire.at(-1);
    if (content.length === 0) continue;
    if (role === 'user' && last?.role === 'user') last.content.push(...content);
    else wire.push({ role, content });
  }
  return {
    ...(system !== '' && { system }),
    messages: wire.map(({ role, content }) => plain(role, content)),
  };
}

/** One text alone goes as a string, which every host takes. */
function plain(role: string, content: Wire[]): Wire {
  const [only] = content;
  const text = content.length === 1 && only?.['type'] === 'text' ? only['text'] : undefined;
  return { role, content: text ?? content };
}

function* idsIn(messages: readonly Message[]): Generator<string> {
  for (const message of messages) {
    if (message.role === 'assistant') for (const call of message.toolCalls ?? []) yield call.id;
    if (message.role === 'tool') yield message.toolCallId;
  }
}

function encodeMessage(message: Message, ids: WireIds, dialect: MessagesDialect, thinking: boolean): Wire[] {
  switch (message.role) {
    case 'system': {
      const text = textOf(message.content);
      return text === '' ? [] : [{ type: 'text', text: `<system>\n${text}\n</system>` }];
    }
    case 'user':
      return encodeContent(message.content);
    case 'assistant':
      return encodeAssistant(message, ids, dialect.reasoningRequired === true && thinking);
    case 'tool':
      return [encodeResult(message, ids)];
    default:
      return message satisfies never;
  }
}

function encodeAssistant(message: AssistantMessage, ids: WireIds, reasoningRequired: boolean): Wire[] {
  const { reasoning, reasoningSignature: signature, toolCalls = [] } = message;
  const thinking = reasoning ?? (reasoningRequired && toolCalls.length > 0 ? '' : undefined);
  const content: Wire[] = [];
  if (thinking !== undefined || signature !== undefined) {
    const block = { type: 'thinking', thinking: thinking ?? '' };
    content.push(signature === undefined ? block : { ...block, signature });
  }
  const said = encodeContent(message.content);
  // Kimi's coding endpoint answers 400 "text content is empty" to blank text beside calls.
  content.push(...(toolCalls.length > 0 ? said.filter((block) => !isBlank(block)) : said));
  for (const call of toolCalls) content.push(encodeCall(call, ids));
  return content;
}

function encodeCall(call: ToolCall, ids: WireIds): Wire {
  const text = call.arguments.trim() === '' ? '{}' : call.arguments;
  const input = isDeeperThan(text, DEEPEST) ? undefined : parseJsonObject(text);
  // The protocol takes nothing but an object, and the model should see what it wrote.
  return { type: 'tool_use', id: ids.of(call.id), name: call.name, input: input ?? { arguments: text } };
}

function encodeResult(message: ToolMessage, ids: WireIds): Wire {
  const { content } = message;
  return {
    type: 'tool_result',
    tool_use_id: ids.of(message.toolCallId),
    content: typeof content === 'string' ? content : encodeContent(content),
    ...(message.isError === true && { is_error: true }),
  };
}

function encodeContent(content: Content): Wire[] {
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
  return parts.flatMap(encodePart);
}

function encodePart(part: ContentPart): Wire[] {
  switch (part.type) {
    case 'text':
      return part.text === '' ? [] : [{ type: 'text', text: part.text }];
    case 'image':
      return [{ type: 'image', source: encodeSource(part.url) }];
    case 'video':
      return [{ type: 'text', text: '[A video was left out: this protocol has no place for it.]' }];
    default:
      return part satisfies never;
  }
}

function encodeSource(url: string): Wire {
  const data = /^data:([^;,]*);base64,/i.exec(url);
  if (!data) return { type: 'url', url };
  return { type: 'base64', media_type: data[1] || 'image/png', data: url.slice(data[0].length) };
}

function isBlank(block: Wire): boolean {
  return typeof block['text'] === 'string' && block['text'].trim() === '';
}
