import { PerigeeError } from '../../core/index.ts';

/** Where a run must end. A bound that is left out is not there, except for those with a default. */
export interface Limits {
  /** Turns of the model in which it may call tools; default 50. The calls of the last one are still executed. */
  readonly steps?: number;
  /** Tokens of all turns, input and output. */
  readonly tokens?: number;
  /** US dollars. The prices of the model must be known. */
  readonly cost?: number;
  /** Milliseconds of work; the time between a pause and its resumption does not count. Tools still running then are given up. */
  readonly timeMs?: number;
  /** Executions of each tool, or of the tools that are named. A call beyond is refused, and the model told so. */
  readonly calls?: number | { readonly [tool: string]: number };
  /**
   * After how many identical calls with identical results, and nothing new in between, the model is told, and at the last
   * of them stopped; default `[3, 5, 8]`. `false`: never.
   */
  readonly repeats?: readonly number[] | false;
  /**
   * Whether a run that reaches a bound gets one more turn, in which no tool may be called, to say what it found; default
   * true. Tokens and money are kept back for it.
   */
  readonly wrapUp?: boolean;
  /** How often one turn is asked for again when it fails in a retryable way or is empty; default 2. */
  readonly turnRetries?: number;
  /** Milliseconds: a host that asks to wait longer ends the run with its error; default 60_000. */
  readonly maxRetryAfterMs?: number;
}

/** The bounds of a loop. */
export interface LoopLimits {
  readonly steps: number;
  readonly tokens: number;
  readonly cost: number;
  readonly timeMs: number;
  readonly calls: number | { readonly [tool: string]: number };
  readonly repeats: readonly number[];
  readonly wrapUp: boolean;
  readonly turnRetries: number;
  readonly maxRetryAfterMs: number;
}

const DEFAULTS: LoopLimits = {
  steps: 50,
  tokens: Number.POSITIVE_INFINITY,
  cost: Number.POSITIVE_INFINITY,
  timeMs: Number.POSITIVE_INFINITY,
  calls: Number.POSITIVE_INFINITY,
  repeats: [3, 5, 8],
  wrapUp: true,
  turnRetries: 2,
  maxRetryAfterMs: 60_000,
};
/** The numbers, each with the least that it may be. */
const LEAST = { steps: 1, tokens: 1, cost: 0, timeMs: 1, turnRetries: 0, maxRetryAfterMs: 0 } as const;

/** The limits with their defaults. Throws `invalid-options` for one that is no number or too small. */
export function checkLimits(limits: Limits | null | undefined): LoopLimits {
  const given = Object.entries(limits ?? {}).filter(([, value]) => value !== undefined);
  const { repeats, ...checked } = { ...DEFAULTS, ...Object.fromEntries(given) } as Required<Limits>;
  for (const [name, least] of Object.entries(LEAST))
    atLeast(name, checked[name as keyof typeof LEAST], least);
  if (typeof checked.calls === 'number') atLeast('calls', checked.calls, 0);
  else for (const [tool, most] of Object.entries(checked.calls)) atLeast(`calls.${tool}`, most, 0);
  return { ...checked, repeats: checkRepeats(repeats) };
}

function atLeast(name: string, value: unknown, least: number): void {
  if (typeof value === 'number' && value >= least) return;
  throw new PerigeeError(
    'invalid-options',
    `limits.${name} is ${String(value)}; it must be ${least} or more.`,
  );
}

function checkRepeats(repeats: Limits['repeats']): readonly number[] {
  if (repeats === false || repeats === undefined) return [];
  const isRising = Array.isArray(repeats) && repeats.every((count, at) => count > (repeats[at - 1] ?? 1));
  if (isRising) return repeats;
  throw new PerigeeError(
    'invalid-options',
    `limits.repeats is ${JSON.stringify(repeats)}; it must be a rising list of counts from 2, or false.`,
  );
}

/** How often a tool may be executed. */
export function callLimit({ calls }: LoopLimits, tool: string): number {
  if (typeof calls === 'number') return calls;
  return Object.hasOwn(calls, tool) ? calls[tool]! : Number.POSITIVE_INFINITY;
}
