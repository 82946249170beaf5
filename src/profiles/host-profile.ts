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
  readonly effortField?: string;
  readonly parallelToolCalls?: 'known' | 'must-ask';
}

/** Whether a host does what a tool choice says; false: it refuses or ignores it. null: not known. */
export interface HostToolChoice {
  readonly required: boolean | null;
  readonly named: boolean | null;
  readonly none: boolean | null;
}

/**
 * How a host reads requests of Anthropic's protocol. The fields have the meaning, the names and the defaults of
 * `MessagesDialect` in `perigee/protocols`, to which this can be handed; an absent one is not known.
 */
export interface HostMessages {
  readonly keepEdit?: boolean;
  readonly namedChoice?: boolean;
  readonly parallelChoice?: boolean;
}

/** One host of Kimi models, or one engine on its usual port. null: not known. */
export interface HostProfile {
  readonly id: string;
  /** Other names that people give it. */
  readonly aliases?: readonly string[];
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
  readonly messages: HostMessages;
  /** The field of answers that holds the reasoning. */
  readonly reasoningField: 'reasoning_content' | 'reasoning' | null;
  /** Whether call ids in the history must be `functions.NAME:N`; Moonshot renames them itself. */
  readonly canonicalIds: boolean | null;
  /** Whether `thinking.keep` is understood. */
  readonly thinkingKeep: boolean | null;
  /** Whether images and video may stand in the results of tools. */
  readonly resultMedia: boolean | null;
  /** Whether it fetches images and video by http(s) links. */
  readonly mediaLinks: boolean | null;
  /** What it refuses with 400. */
  readonly limits: HostLimits | null;
  readonly toolChoice: HostToolChoice;
  /**
   * How an answer that was cut is gone on with by `continue_final_message`: `continue-final-message` where the template
   * prints the last assistant message, `append-final-message` where its content is appended to the prompt of a new
   * answer. null: it cannot be, or that is not known.
   */
  readonly continuation: 'continue-final-message' | 'append-final-message' | null;
  /**
   * What the schemas of tools and answers may say: `mfjs` is Moonshot's part of JSON Schema, to which every host
   * agrees; `json-schema` is all of it.
   */
  readonly schemaDialect: 'mfjs' | 'json-schema' | null;
  /** Tools that the host runs itself when they are declared by name (`ToolDeclaration.builtin`). */
  readonly builtins: readonly string[] | null;
  /** What is odd about `tool_choice`. */
  readonly toolChoiceNote: string | null;
  /** What the sources knew by then, as `YYYY-MM-DD`. */
  readonly verifiedAt: string;
  readonly source: string;
}

/** The most that a host takes. */
export interface HostLimits {
  readonly temperature: number;
  /** Stop strings, and the UTF-8 bytes of each. */
  readonly stops: number;
  readonly stopBytes: number;
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
