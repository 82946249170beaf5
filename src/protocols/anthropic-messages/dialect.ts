/** Where one host's reading of the Messages protocol differs from another's. It is data, as `ChatDialect` is. */
export interface MessagesDialect {
  /**
   * How thinking is switched: `thinking-object` is `thinking: { type: "enabled" | "disabled" }`, without a budget
   * (Kimi's hosts). `none`: the host cannot be told. Default `thinking-object`.
   */
  readonly thinking?: 'thinking-object' | 'none';
  /**
   * Whether `thinking: 'keep'` is also asked for as an edit `clear_thinking_20251015` of `context_management`, as Kimi's
   * own client does. Default false.
   */
  readonly keepEdit?: boolean;
  /** Whether `tool_choice: { type: "tool" }` is known; where it is not, any call is asked for. Default true. */
  readonly namedChoice?: boolean;
  /** Whether `disable_parallel_tool_use` is known. Default true. */
  readonly parallelChoice?: boolean;
  /**
   * Whether every assistant message with calls must carry a thinking block, an empty one if need be: Kimi's hosts
   * answer 400 `reasoning_content is missing` otherwise. Default false.
   */
  readonly reasoningRequired?: boolean;
}
