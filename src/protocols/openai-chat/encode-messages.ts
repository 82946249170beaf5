import {
  type AssistantMessage,
  type Content,
  Kept,
  type Message,
  markLikewise,
  type ToolCall,
  textOf,
} from '../../core/index.ts';
import type { ChatDialect } from './dialect.ts';

type Wire = Record<string, unknown>;

/** Messages that come again with every request of their conversation, as they are sent. */
interface Encoded {
  readonly thinking: Kept<Message, Wire>;
  readonly other: Kept<Message, Wire>;
}

const encodedIn = new WeakMap<ChatDialect, Encoded>();

/** A conversation as the `messages` of a chat request. */
export function encodeMessages(
  messages: readonly Message[],
  dialect: ChatDialect,
  thinking: boolean,
): Wire[] {
  let encoded = encodedIn.get(dialect);
  if (!encoded) encodedIn.set(dialect, (encoded = { thinking: new Kept(), other: new Kept() }));
  const known = thinking ? encoded.thinking : encoded.other;
  return messages.map((message) => {
    const wire = known.get(message);
    if (wire) return wire;
    return known.set(message, markLikewise(message, encodeMessage(message, dialect, thinking)));
  });
}

function encodeMessage(message: Message, dialect: ChatDialect, thinking: boolean): Wire {
  const name = message.name === undefined ? {} : { name: message.name };
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content: encodeContent(message.content), ...name };
    case 'assistant':
      return { ...encodeAssistant(message, dialect, thinking), ...name };
    case 'tool':
      return {
        role: 'tool',
        tool_call_id: message.toolCallId,
        content: encodeContent(message.content),
        ...name,
      };
    default:
      return message satisfies never;
  }
}

function encodeAssistant(message: AssistantMessage, dialect: ChatDialect, thinking: boolean): Wire {
  const calls = message.toolCalls ?? [];
  const wire: Wire = { role: 'assistant' };
  // Kimi's coding endpoint answers 400 "text content is empty" to blank content beside calls.
  if (calls.length === 0 || !isBlank(message.content)) wire['content'] = encodeContent(message.content);
  const required = dialect.reasoningRequired === true && thinking && calls.length > 0;
  const reasoning = message.reasoning ?? (required ? '' : undefined);
  if (reasoning !== undefined) {
    for (const field of dialect.reasoningFields ?? ['reasoning_content']) wire[field] = reasoning;
  }
  if (calls.length > 0) wire['tool_calls'] = calls.map(encodeCall);
  return wire;
}

function encodeCall(call: ToolCall): Wire {
  // No arguments at all mean an empty object, and engines parse this field as JSON.
  const text = call.arguments.trim() === '' ? '{}' : call.arguments;
  return { id: call.id, type: 'function', function: { name: call.name, arguments: text } };
}

function isBlank(content: Content): boolean {
  const media = typeof content !== 'string' && content.some((part) => part.type !== 'text');
  return !media && textOf(content).trim() === '';
}

/** Text alone goes as one string, which every host takes. */
function encodeContent(content: Content): string | Wire[] {
  if (typeof content === 'string' || content.every((part) => part.type === 'text')) return textOf(content);
  return content.map((part) => {
    switch (part.type) {
      case 'text':
        return { type: 'text', text: part.text };
      case 'image':
        return { type: 'image_url', image_url: { url: part.url } };
      case 'video':
        return { type: 'video_url', video_url: { url: part.url } };
      default:
        return part satisfies never;
    }
  });
}
