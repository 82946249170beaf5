import { type AssistantMessage, Kept, type Message, type ToolCall } from '../../core/index.ts';
import { isJsonObjectText } from './arguments.ts';
import { isBlank, tidied } from './content.ts';

/**
 * Whether every host takes a conversation: each turn with calls is followed by one result for each, in their order; there
 * are no other results; arguments are JSON objects; no message but a result is empty and no text beside calls or media blank.
 */
export function isWellFormed(messages: readonly Message[]): boolean {
  for (let position = 0; position < messages.length; position++) {
    const message = messages[position]!;
    if (message.role === 'tool' || !isSound(message)) return false;
    if (message.role !== 'assistant') continue;
    for (const call of message.toolCalls ?? NO_CALLS) {
      const result = messages[++position];
      if (result?.role !== 'tool' || result.toolCallId !== call.id || !isSound(result)) return false;
    }
  }
  return true;
}

const NO_CALLS: readonly ToolCall[] = [];

/** What was found out of messages that come again with every request of their conversation. */
const sound = new Kept<Message, boolean>();

/** Whether hosts take a message, wherever it stands. */
function isSound(message: Message): boolean {
  return sound.get(message) ?? sound.set(message, looksSound(message));
}

function looksSound(message: Message): boolean {
  const { content } = message;
  if (tidied(content) !== content) return false;
  if (message.role === 'tool') return true;
  // 400 `the message at position 0 with role 'system' must not be empty`.
  if (message.role !== 'assistant') return !isBlank(content);
  const calls = message.toolCalls ?? NO_CALLS;
  if (calls.length === 0) return !isEmptyAnswer(message);
  if (content !== '' && isBlank(content)) return false;
  return calls.every((call) => isJsonObjectText(call.arguments));
}

/** An assistant message that says, thinks and calls nothing: 400 `must not be empty`. */
export function isEmptyAnswer({ content, reasoning = '', toolCalls = [] }: AssistantMessage): boolean {
  return toolCalls.length === 0 && reasoning.trim() === '' && isBlank(content);
}
