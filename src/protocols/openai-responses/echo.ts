import { isJsonObject } from '../../core/index.ts';
import type { Item } from './reply.ts';

/** The fields that a response repeats from its request, with the protocol's defaults. */
export function echoOf(json: Item, store: boolean): Item {
  const text = isJsonObject(json['text']) ? json['text'] : {};
  const reasoning = isJsonObject(json['reasoning']) ? json['reasoning'] : {};
  return {
    background: false,
    instructions: json['instructions'] ?? null,
    max_output_tokens: json['max_output_tokens'] ?? null,
    max_tool_calls: json['max_tool_calls'] ?? null,
    metadata: json['metadata'] ?? {},
    parallel_tool_calls: json['parallel_tool_calls'] ?? true,
    previous_response_id: json['previous_response_id'] ?? null,
    prompt_cache_key: json['prompt_cache_key'] ?? null,
    reasoning: { effort: reasoning['effort'] ?? null, summary: reasoning['summary'] ?? null },
    safety_identifier: json['safety_identifier'] ?? null,
    service_tier: 'default',
    store,
    temperature: json['temperature'] ?? null,
    text: { ...text, format: text['format'] ?? { type: 'text' } },
    tool_choice: json['tool_choice'] ?? 'auto',
    tools: json['tools'] ?? [],
    top_logprobs: 0,
    top_p: json['top_p'] ?? null,
    truncation: 'disabled',
    user: json['user'] ?? null,
  };
}
