import type { Message } from '../../core/index.ts';

/** How a client declared a tool, and so in which kind of item it expects a call. */
export type ToolKind = 'function' | 'custom' | 'tool_search' | 'local_shell' | 'shell' | 'apply_patch';

/** A tool as the client knows it; the model knows it by one flat name. */
export interface ClientTool {
  readonly kind: ToolKind;
  readonly name: string;
  /** Codex dispatches a call of a namespaced tool only by both. */
  readonly namespace?: string;
}

/** An item of `input` or `output`. */
export type Item = Record<string, unknown>;

/** What `configuration_update` items say for all answers from there on, in their own words; it counts more than the request. */
export interface Configuration {
  readonly reasoning?: { readonly effort: string | null };
  readonly text?: { readonly format: Item };
}

/** What the encoders of an answer must know of the request. */
export interface ResponsesReply {
  /** The fields that a response repeats from its request. */
  readonly echo: Item;
  /** The client's tools by the names under which the model knows them. */
  readonly tools: ReadonlyMap<string, ClientTool>;
  /** Whether reasoning items carry `encrypted_content`. */
  readonly sealed: boolean;
  /** Whether the answer is the summary that stands for the conversation from then on. */
  readonly compacts: boolean;
  /** Whether the client wants the response kept. Default of the protocol: true. */
  readonly store: boolean;
  readonly previousResponseId?: string;
  /** The conversation of `previous_response_id`; empty without one. */
  readonly recalled: readonly Message[];
  /** The messages that this request added to `recalled`, without its `instructions`: those are not inherited. */
  readonly added: readonly Message[];
  /** `input` as items, as the client sent it. */
  readonly inputItems: readonly Item[];
  /** What its items set for this answer and all after it. */
  readonly configuration?: Configuration;
}
