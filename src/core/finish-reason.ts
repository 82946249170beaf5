import type { FinishReason } from './event.ts';

const REASONS: Readonly<Record<string, FinishReason>> = {
  length: 'length',
  max_tokens: 'length',
  max_output_tokens: 'length',
  model_length: 'length',
  model_context_window_exceeded: 'length',
  tool_calls: 'tool-calls',
  'tool-calls': 'tool-calls',
  tool_use: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
  'content-filter': 'content-filter',
  refusal: 'content-filter',
  error: 'error',
  // SGLang, when it gave a request up
  abort: 'error',
};

/** What a host's finish reason means; anything unknown, or none, is `stop`. */
export function finishReasonOf(rawReason: string | null | undefined): FinishReason {
  return rawReason && Object.hasOwn(REASONS, rawReason) ? REASONS[rawReason]! : 'stop';
}
