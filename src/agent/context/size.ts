import type { Content, Message } from '../../core/index.ts';

/** What a message takes up, in characters. Media count as the text that would have as many tokens. */
export interface Size {
  /** All of it, `reasoning` included. */
  readonly size: number;
  readonly reasoning: number;
}

/** The header of a message and, for a call, its markers and names: about eight tokens. */
const FRAME = 30;
/** About a thousand tokens: hosts do not say what a picture costs before it was sent. */
const IMAGE = 4_000;
const VIDEO = 32_000;

export function sizeOf(message: Message): Size {
  let size = FRAME + contentSize(message.content);
  if (message.role !== 'assistant') return { size, reasoning: 0 };
  const reasoning = message.reasoning?.length ?? 0;
  for (const call of message.toolCalls ?? []) {
    size += FRAME + call.id.length + call.name.length + call.arguments.length;
  }
  return { size: size + reasoning, reasoning };
}

/** By what a part is, never by its address: a picture may be a data URL of megabytes. */
function contentSize(content: Content): number {
  if (typeof content === 'string') return content.length;
  let size = 0;
  for (const part of content) {
    if (part.type === 'text') size += part.text.length;
    else size += part.type === 'image' ? IMAGE : VIDEO;
  }
  return size;
}
