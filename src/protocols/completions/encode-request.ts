import type { ModelRequest } from '../../core/index.ts';
import { refuseBuiltins } from '../builtin-tools.ts';

/**
 * The body of a `POST /completions` for a prompt that is already rendered, without `model`, `stream` and
 * `stream_options`. Of the request only the sampling fields and `extra` are read; tools that only a host could run are refused. The markers of tool calls are
 * asked for explicitly: some tokenizers mark them special, and engines then drop them (Dynamo#9227).
 */
export function encodeCompletionRequest(request: ModelRequest, prompt: string): Record<string, unknown> {
  refuseBuiltins(request.tools, 'a bare engine');
  return {
    prompt,
    skip_special_tokens: false,
    ...(request.maxTokens !== undefined && { max_tokens: request.maxTokens }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { top_p: request.topP }),
    ...(request.stop !== undefined && request.stop.length > 0 && { stop: request.stop }),
    ...request.extra,
  };
}
