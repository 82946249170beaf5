/**
 * How a host reads Chat Completions requests. The fields have the meaning, the names and the defaults of
 * `ChatDialect` in `perigee/protocols`, to which this can be handed; an absent one is not known.
 */
export interface HostDialect {
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  readonly thinking?:
    | 'thinking-object'
    | 'chat-template-kwargs'
    | 'reasoning-object'
    | 'reasoning-effort'
    | 'none';
  readonly reasoningFields?: readonly ('reasoning_content' | 'reasoning')[];
  readonly reasoningRequired?: boolean;
  readonly cacheKeyField?: string;
}

/** One host of Kimi models, or one engine on its usual port. null: not known. */
export interface HostProfile {
  readonly id: string;
  readonly name: string;
  /** Where its Chat Completions API begins; the first is the default, all are recognised. */
  readonly baseUrls: readonly string[];
  /** Where Anthropic clients are pointed to. */
  readonly anthropicUrl: string | null;
  /** Where OpenAI Responses clients are pointed to. */
  readonly responsesUrl: string | null;
  /** Environment variables that hold the key, the usual one first. Empty: no key is needed, or not known. */
  readonly apiKeyNames: readonly string[];
  /** The page where a key is made. */
  readonly keyPage: string | null;
  readonly dialect: HostDialect;
  /** The field of answers that holds the reasoning. */
  readonly reasoningField: 'reasoning_content' | 'reasoning' | null;
  /** Whether call ids in the history must be `functions.NAME:N`; Moonshot renames them itself. */
  readonly canonicalIds: boolean | null;
  /**
   * What the schemas of tools and answers may say: `mfjs` is Moonshot's part of JSON Schema, to which every host
   * agrees; `json-schema` is all of it.
   */
  readonly schemaDialect: 'mfjs' | 'json-schema' | null;
  /** What is odd about `tool_choice`. */
  readonly toolChoiceNote: string | null;
  /** What the sources knew by then, as `YYYY-MM-DD`. */
  readonly verifiedAt: string;
  readonly source: string;
}

/** A model on a host. US dollars per million tokens; null: not published. */
export interface Offer {
  /** The model's id on the host. */
  readonly model: string;
  readonly contextWindow: number | null;
  readonly maxOutput: number | null;
  readonly input: number | null;
  readonly cachedInput: number | null;
  readonly output: number | null;
  /** The host still lists it but announced its end, or ended it. */
  readonly ended?: true;
}
