import type { Usage } from '../../core/index.ts';
import type { EncodeOptions } from '../front/index.ts';
import { encodeUsage } from './encode-usage.ts';
import type { MessagesReply } from './messages-reply.ts';

/** A `message` object: the answer, whole or, in `message_start`, still empty. */
export function encodeMessage(
  { id, model }: Pick<EncodeOptions<MessagesReply>, 'id' | 'model'>,
  content: readonly Record<string, unknown>[],
  stopReason: string | null,
  usage: Usage | undefined,
): Record<string, unknown> {
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: encodeUsage(usage),
  };
}
