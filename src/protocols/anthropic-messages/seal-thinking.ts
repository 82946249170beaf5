import type { EncodeOptions } from '../front/index.ts';
import type { MessagesReply } from './messages-reply.ts';

/** The signature where nothing is sealed: clients drop thinking that has none (kimi-code PR 222). */
const UNSEALED = 'cGVyaWdlZQ==';

/** What stands in the `signature` of a thinking block. */
export function sealThinking(
  { seal, reply }: Pick<EncodeOptions<MessagesReply>, 'seal' | 'reply'>,
  reasoning: string,
  signature: string | undefined,
): string {
  return seal ? seal(reasoning, signature, reply.hideReasoning) : UNSEALED;
}
