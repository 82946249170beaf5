import { type Message, textOf } from '../../core/index.ts';
import type { EncodeOptions } from '../front/index.ts';
import type { Item, ResponsesReply } from './reply.ts';

/** What the model is told in the place of the item that asks for a compaction. */
const ASK_FOR_SUMMARY = `The conversation so far is about to be replaced by a summary that you write now. Whoever goes on with the task sees that summary and nothing else. Say in it:
- what the user wants, in the user's words where they matter, and every rule that was given for how to work;
- what was done and what came of it, with the exact names of files, commands, functions, values and errors;
- what was decided, and why;
- what is under way and what is left to do, the next step first.
Write the summary as text alone, and call no tool.`;

/**
 * What stands before a summary in `encrypted_content`. It is sealed for nobody: it is the client's own conversation, and
 * what is lost with a key that changed would be all that the model knows of it.
 */
const MARK = 'perigee-summary:';

/** What the model reads before a summary. */
const INTRODUCTION = 'Summary of the conversation so far:\n\n';

/** Whether the last item asks that the conversation be compacted, as Codex does when a window is nearly full. */
export function asksForCompaction(items: readonly Item[]): boolean {
  return items.at(-1)?.['type'] === 'compaction_trigger';
}

/** The user message that stands for an item that asks for a compaction. */
export const compactionRequest = { role: 'user', content: ASK_FOR_SUMMARY } as const;

/** The user message that stands for a compaction; undefined for one that was not made here: nobody else can read it. */
export function compactionMessage(
  item: Item,
): { readonly role: 'user'; readonly content: string } | undefined {
  const content = item['encrypted_content'];
  if (typeof content !== 'string' || !content.startsWith(MARK)) return undefined;
  return { role: 'user', content: INTRODUCTION + content.slice(MARK.length) };
}

/** The item that a client puts in the place of its conversation. */
export function compactionItem({ id }: EncodeOptions<ResponsesReply>, summary: string): Item {
  return { id: `cmp_${id}_0`, type: 'compaction', encrypted_content: MARK + summary.toWellFormed() };
}

/** Whether a message stands for an item of this kind: a summary, or what asked for one. */
export function isOfCompaction(message: Message): boolean {
  const text = textOf(message.content);
  return text === ASK_FOR_SUMMARY || text.startsWith(INTRODUCTION);
}
