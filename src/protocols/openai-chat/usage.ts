import { isJsonObject, tokenCount, type Usage } from '../../core/index.ts';

/**
 * The tokens that a wire `usage` object reports; undefined when it reports none, or only zeros. Moonshot counts cached tokens in
 * `cached_tokens`, OpenAI in `prompt_tokens_details.cached_tokens`; the former wins.
 */
export function decodeUsage(wire: unknown): Usage | undefined {
  if (!isJsonObject(wire)) return undefined;
  const input = tokenCount(wire['prompt_tokens']) ?? tokenCount(wire['input_tokens']);
  const output = tokenCount(wire['completion_tokens']) ?? tokenCount(wire['output_tokens']);
  // Every prompt has tokens: nothing but zeros is what hosts say that do not count (Together's streams).
  if (!input && !output) return undefined;
  const cached = tokenCount(wire['cached_tokens']) ?? detail(wire['prompt_tokens_details'], 'cached_tokens');
  const reasoning = detail(wire['completion_tokens_details'], 'reasoning_tokens');
  return {
    inputTokens: input ?? 0,
    cachedInputTokens: cached ?? 0,
    outputTokens: output ?? 0,
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
  };
}

function detail(wire: unknown, field: string): number | undefined {
  return isJsonObject(wire) ? tokenCount(wire[field]) : undefined;
}
