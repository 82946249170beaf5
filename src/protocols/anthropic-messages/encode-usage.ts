import type { Usage } from '../../core/index.ts';

/** Tokens in Anthropic's counting, where those read from the cache are no input tokens. Not known: zeros. */
export function encodeUsage(usage: Usage | undefined): Record<string, unknown> {
  const { inputTokens = 0, cachedInputTokens = 0, outputTokens = 0, reasoningTokens } = usage ?? {};
  return {
    input_tokens: Math.max(0, inputTokens - cachedInputTokens),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedInputTokens,
    output_tokens: outputTokens,
    ...(reasoningTokens !== undefined && { output_tokens_details: { thinking_tokens: reasoningTokens } }),
  };
}
