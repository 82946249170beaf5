import type { FinishReason } from '../../core/index.ts';

/**
 * Anthropic's word for why an answer ended. `called`: a call was handed out, also one that can only be answered with an
 * error; clients that go by this word would leave it unanswered otherwise. `error` has none: null. A stop sequence that
 * was met cannot be told from an end, since hosts report neither.
 */
export function stopReasonOf(reason: FinishReason, called: boolean): string | null {
  switch (reason) {
    case 'stop':
    case 'tool-calls':
      return called ? 'tool_use' : 'end_turn';
    case 'length':
      return 'max_tokens';
    case 'content-filter':
      return 'refusal';
    case 'error':
      return null;
    default:
      return reason satisfies never;
  }
}
