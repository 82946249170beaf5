import type { FinishReason } from '../../core/index.ts';
import type { ChatReply } from './chat-reply.ts';

/** What an answer holds, as far as its finish reason depends on it. */
export interface Ended {
  readonly reason: FinishReason;
  /** Calls that the client was given whole. */
  readonly calls: number;
  /** The output ended inside a call. */
  readonly cut: boolean;
}

/** The wire finish reason. A cut call is never announced as calls to run, nor are calls that are not there. */
export function encodeFinishReason({ reason, calls, cut }: Ended, reply: ChatReply): string {
  if (cut && reason !== 'content-filter') return 'length';
  switch (reason) {
    case 'tool-calls':
      if (calls === 0) return 'stop';
      return reply.legacy ? 'function_call' : 'tool_calls';
    case 'content-filter':
      return 'content_filter';
    case 'length':
      return 'length';
    case 'stop':
    case 'error':
      return 'stop';
    default:
      return reason satisfies never;
  }
}
