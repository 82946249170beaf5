import type { Usage, UserMessage } from '../../core/index.ts';
import type { LimitReached } from '../session/records.ts';
import type { LoopLimits } from './limits.ts';

/** What the limits are held against before a turn. */
export interface Spent {
  readonly steps: number;
  readonly usage: Usage;
  /** US dollars; undefined when not known. */
  readonly cost: number | undefined;
  readonly elapsedMs: number;
  readonly repeating: boolean;
  /** The turn that is about to be asked for, as far as it can be told beforehand. */
  readonly next: { readonly tokens: number; readonly cost: number };
}

/** A bound that the next turn would break, and whether one last answer has room. */
export interface Due {
  readonly limit: LimitReached;
  readonly hasRoom: boolean;
}

/** Which bound ends the run before its next turn; undefined: none. */
export function dueLimit(limits: LoopLimits, spent: Spent): Due | undefined {
  const { next, usage } = spent;
  const turns = limits.wrapUp ? 2 : 1;
  const tokens = usage.inputTokens + usage.outputTokens;
  const cost = spent.cost ?? 0;
  // Tokens and money of the last answer are kept back: after this turn there must still be room for it.
  if (tokens + turns * next.tokens > limits.tokens) {
    const explanation = `The limit of ${limits.tokens} tokens leaves no room for another step: ${tokens} are used.`;
    return { limit: { kind: 'tokens', explanation }, hasRoom: tokens + next.tokens <= limits.tokens };
  }
  if (cost + turns * next.cost > limits.cost) {
    const explanation = `The limit of $${limits.cost} leaves no room for another step: $${cost.toFixed(4)} are spent.`;
    return { limit: { kind: 'cost', explanation }, hasRoom: cost + next.cost <= limits.cost };
  }
  if (spent.elapsedMs >= limits.timeMs) {
    const explanation = `The limit of ${limits.timeMs} ms was reached.`;
    return { limit: { kind: 'time', explanation }, hasRoom: true };
  }
  if (spent.repeating) {
    const explanation = `The model made the same call ${limits.repeats.at(-1)} times with the same result.`;
    return { limit: { kind: 'repeating', explanation }, hasRoom: true };
  }
  if (spent.steps >= limits.steps) {
    const steps = limits.steps === 1 ? '1 step' : `${limits.steps} steps`;
    const explanation = `The limit of ${steps} was reached while the model still called tools.`;
    return { limit: { kind: 'steps', explanation }, hasRoom: true };
  }
  return undefined;
}

/** What the model is told when it may say one last thing. */
export function wrapUpMessage({ kind, explanation }: LimitReached): UserMessage {
  const why = kind === 'repeating' ? `${explanation} That leads nowhere.` : explanation;
  return {
    role: 'user',
    content:
      `[${why} No more tools can be called. Answer now with what you have: what was done, what was found, and what is ` +
      'still missing.]',
  };
}
