import type { RunResult } from '../../agent/index.ts';
import { count, dollars, duration, plural } from './screen.ts';

/** The last line of a run: what it took and what it cost. */
export function summaryLine(result: RunResult, isPractice: boolean): string {
  const { usage, steps, cost } = result;
  const calls = steps.reduce((sum, step) => sum + step.results.length, 0);
  const price = isPractice ? '$0 (practice model)' : cost === undefined ? 'cost not known' : dollars(cost);
  return [
    plural(steps.length, 'step'),
    plural(calls, 'call'),
    `${count(usage.inputTokens)} tokens in (${count(usage.cachedInputTokens)} cached), ${count(usage.outputTokens)} out`,
    isPractice ? price : price + doubt(result),
    ...(isPractice ? [] : prompts(result)),
    duration(result.durationMs),
  ].join(' · ');
}

/** What it saved to cut the prompt, and what it cost to keep earlier reasoning in it, where either is worth a word. */
function prompts({ bill: { cuts, saved, keptReasoning } }: RunResult): string[] {
  const words: string[] = [];
  if (cuts > 0 && saved !== undefined)
    words.push(`${plural(cuts, 'cut')} of the prompt saved ${dollars(saved)}`);
  const kept = keptReasoning.cost ?? 0;
  if (kept >= 0.0001) words.push(`${dollars(kept)} of it for kept reasoning`);
  return words;
}

/** What an answer that broke off has cost, no host has told. */
function doubt({ usageIsEstimated, finishReason }: RunResult): string {
  if (usageIsEstimated) return ', the unfinished answer estimated';
  return finishReason === 'error' ? ', without the unfinished answer' : '';
}
