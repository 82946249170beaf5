/** What the encoders of a chat answer must know of the request. */
export interface ChatReply {
  /** `stream_options.include_usage`; undefined where the client does not say. */
  readonly includeUsage: boolean | undefined;
  /** The client speaks `functions` and gets `function_call`. */
  readonly legacy: boolean;
  /** Tools whose calls go out as `custom`, with plain text. */
  readonly custom: ReadonlySet<string>;
  /** Whether the client wants to see the reasoning. */
  readonly showReasoning: boolean;
}
