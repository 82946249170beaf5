import { PerigeeError } from '../../core/index.ts';

/** How the prompt is kept short and cheap while a run grows. All of it may be left out. */
export interface ContextOptions {
  /** Tokens that a prompt may have at most; default: the model's window less a reserve for the answer. */
  readonly maxTokens?: number;
  /**
   * The most recent rounds (a turn with its results) that a cut leaves whole; default 16. Fewer stay only where they
   * would fill more than two thirds of what `maxTokens` or a `threshold` in tokens leave beside the instructions.
   */
  readonly keepRounds?: number;
  /** Tokens of recent rounds that a cut leaves whole though they are more than `keepRounds`; default 16_000. */
  readonly keepTokens?: number;
  /**
   * Tokens at which a cut is made; `auto` (the default) cuts as soon as carrying the old rounds has cost as much as
   * reading the kept ones anew would, at the model's prices.
   */
  readonly threshold?: number | 'auto';
  /** Characters of a result above which it is spilled: its head and tail stay; default 24_000. */
  readonly spillOver?: number;
  /** Whether the model is asked for a summary of what is cut, and how many tokens it may have (1_000). Default false. */
  readonly summary?: boolean | { readonly maxTokens?: number };
}

/** What the window should know besides its options. */
export interface ContextSurroundings {
  /** Tokens that the answer may have, where the requests ask for a number. */
  readonly answerTokens?: number;
  /** Whether `read_result` is among the tools, so that the notes may speak of it. Default true. */
  readonly readBack?: boolean;
  /** Whether the host keeps reasoning from before the last user message in the prompt. Default true, the larger estimate. */
  readonly keepsReasoning?: boolean;
}

/** The options with their defaults, in tokens. */
export interface ContextSettings {
  readonly maxTokens: number;
  readonly keepRounds: number;
  readonly keepTokens: number;
  readonly threshold: number | 'auto';
  readonly spillOver: number;
  /** 0: no summary. */
  readonly summaryTokens: number;
}

/** Below this a spilled result would hardly be shorter than what says that it was spilled. */
const LEAST_SPILL = 1_000;

const LEAST = { maxTokens: 1_000, keepRounds: 1, keepTokens: 0, spillOver: LEAST_SPILL } as const;

/** The options with their defaults. Throws `invalid-options` for one that can never work. */
export function contextSettings(
  options: ContextOptions | null | undefined,
  window: number | undefined,
  answerTokens = 0,
): ContextSettings {
  const given = options ?? {};
  for (const [name, least] of Object.entries(LEAST)) check(name, given[name as keyof typeof LEAST], least);
  if (given.threshold !== 'auto') check('threshold', given.threshold, LEAST.maxTokens);
  const { summary } = given;
  if (typeof summary === 'object') check('summary.maxTokens', summary?.maxTokens, 100);
  const room = windowRoom(window, answerTokens);
  const maxTokens = Math.min(given.maxTokens ?? room, room);
  return {
    maxTokens,
    keepRounds: Math.floor(given.keepRounds ?? 16),
    keepTokens: Math.min(given.keepTokens ?? 16_000, maxTokens / 4),
    threshold: given.threshold ?? 'auto',
    spillOver: given.spillOver ?? 24_000,
    summaryTokens: summary ? ((summary === true ? undefined : summary.maxTokens) ?? 1_000) : 0,
  };
}

/**
 * Hosts refuse a prompt whose tokens and those of the answer do not fit together. Kimi's default answer is an eighth of
 * the window; what is left of the sixth is for estimates that are too low.
 */
function windowRoom(window: number | undefined, answerTokens: number): number {
  if (window === undefined || !(window > 0)) return Infinity;
  return Math.max(window / 4, window - Math.max(window / 6, answerTokens + window / 24));
}

function check(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (typeof value === 'number' && value >= least)) return;
  throw new PerigeeError(
    'invalid-options',
    `context.${name} is ${String(value)}; it must be a number, ${least} or more.`,
  );
}
