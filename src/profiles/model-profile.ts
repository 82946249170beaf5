import type { Prices } from '../core/index.ts';

/** Which forced tool choices a model accepts; `auto` and `none` always work. null: not known. */
export interface ToolChoiceSupport {
  readonly required: boolean | null;
  readonly named: boolean | null;
}

/** What a model is and allows on Moonshot's own platform. null: not known. */
export interface ModelProfile {
  /** The id on Moonshot's platform. */
  readonly id: string;
  /** Fits the names that hosts give it, in lower case. Of all profiles the first that fits counts. */
  readonly pattern: RegExp;
  /** Tokens of prompt and answer together. */
  readonly contextWindow: number;
  /** Tokens that an answer may have, reasoning included. */
  readonly maxOutput: number | null;
  /** Tokens that an answer gets when the request names no limit. */
  readonly defaultMaxTokens: number | null;
  /** Below this many tokens reasoning may leave no room for an answer. */
  readonly recommendedMinTokens: number | null;
  readonly thinking: {
    readonly mode: 'none' | 'switch' | 'always';
    /** Earlier reasoning: `never` kept, kept when `asked` (`thinking.keep: "all"`), `always` kept. */
    readonly keep: 'never' | 'asked' | 'always';
    /** The words for how hard to think, the least first; absent: it cannot be told. */
    readonly efforts?: readonly string[];
  };
  /** The only values that are accepted, so it is best to send none; null: free within 0 to 1. */
  readonly fixedSampling: {
    readonly temperature: { readonly thinking: number; readonly instant?: number };
    readonly topP: number;
  } | null;
  /** The temperature when none is sent and it is free. */
  readonly defaultTemperature: number | null;
  /** What Moonshot's Anthropic endpoint multiplies a temperature with; absent: nothing is said of it. */
  readonly anthropicTemperature?: number;
  readonly toolChoice: { readonly thinking: ToolChoiceSupport; readonly instant: ToolChoiceSupport };
  readonly prices: Prices;
  readonly inputs: readonly ('text' | 'image' | 'video')[];
  readonly status: 'active' | 'retired';
  /** The day from which on it was not served any more. */
  readonly retiredAt?: string;
  readonly verifiedAt: string;
  readonly sources: readonly string[];
}
