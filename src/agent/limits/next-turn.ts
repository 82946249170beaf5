import { addUsage, costOf } from '../../core/index.ts';
import type { Bill } from '../loop/bill.ts';
import { type LoopContext, toolboxOf } from '../loop/context.ts';
import { tokensOf } from '../loop/prompt-size.ts';
import type { LoopLimits } from './limits.ts';

/** What the turn that comes next will take, as far as it can be told beforehand. */
export interface NextTurn {
  readonly inputTokens: number;
  readonly tokens: number;
  readonly cost: number;
  /** US dollars of a token that is written; 0 when not known. */
  readonly outputPrice: number;
}

/** Tokens of an answer, before there has been one. */
const FIRST_ANSWER = 500;
/** Tokens: where there is more room than this, no bound is put on the answer. */
const AMPLE = 32_768;

/** Characters of what the model is told about a bound, at most. */
const WRAP_UP_CHARACTERS = 400;

/** What was spent so far, with an estimate for what no host has told. */
export function spentSoFar({ options, state }: LoopContext): Bill {
  const { bill, unreported } = state;
  const usage = addUsage(bill.usage, unreported);
  const { prices } = options.model;
  if (!prices) return { usage, cost: bill.cost };
  const isKnown = bill.cost !== undefined;
  return { usage, cost: isKnown ? bill.cost + costOf(unreported, prices) : costOf(usage, prices) };
}

/** Reckons with a prompt of which nothing is cached, so that a bound is not broken by a lost cache. */
export function nextTurn(loop: LoopContext): NextTurn {
  const { options, limits, state } = loop;
  const { context } = state;
  let characters = limits.wrapUp ? WRAP_UP_CHARACTERS : 0;
  // Once a host has counted, the estimate has the instructions and the tools in it.
  if (!context.isCounted) {
    characters += (options.instructions?.length ?? 0) + toolboxOf(loop).length;
  }
  const inputTokens = context.tokens + tokensOf(characters);
  const usual = Math.max(context.largestAnswer, FIRST_ANSWER);
  const outputTokens = Math.min(usual, options.maxTokens ?? Number.POSITIVE_INFINITY);
  const { prices } = options.model;
  const usage = { inputTokens, cachedInputTokens: 0, outputTokens };
  return {
    inputTokens,
    tokens: inputTokens + outputTokens,
    cost: prices ? costOf(usage, prices) : 0,
    outputPrice: prices ? prices.output / 1e6 : 0,
  };
}

/**
 * Tokens that the answer may have, so that neither tokens nor money run over; undefined: any. Below 1 there is no room for
 * an answer.
 */
export function outputRoom(
  { tokens, cost, wrapUp }: LoopLimits,
  bill: Bill,
  next: NextTurn,
  isLast: boolean,
): number | undefined {
  const kept = wrapUp && !isLast ? 1 : 0;
  const { inputTokens, outputTokens } = bill.usage;
  const byTokens = tokens - inputTokens - outputTokens - kept * next.tokens - next.inputTokens;
  const inputCost = next.cost - next.outputPrice * (next.tokens - next.inputTokens);
  const money = cost - (bill.cost ?? 0) - kept * next.cost - inputCost;
  const byMoney = next.outputPrice > 0 ? Math.floor(money / next.outputPrice) : Number.POSITIVE_INFINITY;
  const room = Math.min(byTokens, byMoney);
  return room < AMPLE ? Math.floor(room) : undefined;
}
