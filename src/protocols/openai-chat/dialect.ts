/**
 * Where one host's reading of the Chat Completions protocol differs from another's. It is data: profiles say
 * which host wants what, nothing here sniffs a URL.
 */
export interface ChatDialect {
  /**
   * The field that limits the tokens of the answer. Moonshot and OpenAI want `max_completion_tokens`, engines
   * know `max_tokens`. Default `max_tokens`.
   */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  /** How thinking is switched. Default `none`. */
  readonly thinking?: ThinkingSwitch;
  /**
   * Under which names an assistant's reasoning goes back. vLLM reads one or the other by version, so it gets
   * both. Empty: not at all. Default `['reasoning_content']`.
   */
  readonly reasoningFields?: readonly ReasoningField[];
  /**
   * Whether every assistant message with calls must carry a reasoning field, an empty one if need be: Moonshot
   * answers 400 `reasoning_content is missing` otherwise. Default false.
   */
  readonly reasoningRequired?: boolean;
  /** The field for `cacheKey`. Default: not sent, since some hosts refuse fields they do not know. */
  readonly cacheKeyField?: string;
  /** The field for `effort`. Default: not sent, since hosts differ in the words they take. */
  readonly effortField?: string;
  /**
   * Whether the host knows `parallel_tool_calls`; `must-ask`: it makes one call at a time unless it is sent as true
   * (llama.cpp). Default: not sent, since Moonshot has no such field.
   */
  readonly parallelToolCalls?: 'known' | 'must-ask';
}

/**
 * - `thinking-object`: `thinking: { type: "enabled" | "disabled", keep?: "all" }` (Moonshot).
 * - `chat-template-kwargs`: `chat_template_kwargs: { thinking: true | false }` (vLLM, SGLang).
 * - `reasoning-object`: `reasoning: { enabled: true | false }` (OpenRouter, Together, DeepInfra).
 * - `reasoning-effort`: `reasoning_effort: "none"` switches it off; on is the host's default (Ollama, NIM).
 * - `none`: the host cannot be told.
 */
export type ThinkingSwitch =
  | 'thinking-object'
  | 'chat-template-kwargs'
  | 'reasoning-object'
  | 'reasoning-effort'
  | 'none';

export type ReasoningField = 'reasoning_content' | 'reasoning';
