import type { AssistantMessage, Content, Message } from '../../core/index.ts';
import { isJsonObjectText } from './arguments.ts';
import { isBlank, tidied } from './content.ts';

/**
 * Whether every host takes a conversation: each turn with calls is followed by one result for each, in their order; there
 * are no other results; arguments are JSON objects; no message but a result is empty and no text beside calls or media blank.
 */
export function isWellFormed(messages: readonly Message[]): boolean {
  for (let position = 0; position < messages.length; position++) {
    const message = messages[position]!;
    if (message.role === 'tool' || !isTidy(message.content)) return false;
    if (message.role !== 'assistant') {
      // 400 `the message at position 0 with role 'system' must not be empty`.
      if (isBlank(message.content)) return false;
      continue;
    }
    const calls = message.toolCalls ?? [];
    if (calls.length === 0) {
      if (isEmptyAnswer(message)) return false;
      continue;
    }
    if (message.content !== '' && isBlank(message.content)) return false;
    for (const call of calls) {
      const result = messages[++position];
      if (result?.role !== 'tool' || result.toolCallId !== call.id || !isTidy(result.content)) return false;
      if (!isJsonObjectText(call.arguments)) return false;
    }
  }
  return true;
}

/** An assistant message that says, thinks and calls nothing: 400 `must not be empty`. */
export function isEmptyAnswer({ content, reasoning = '', toolCalls = [] }: AssistantMessage): boolean {
  return toolCalls.length === 0 && reasoning.trim() === '' && isBlank(content);
}

function isTidy(content: Content): boolean {
  return tidied(content) === content;
}
