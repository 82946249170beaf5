import type { LedgerPoint } from '../../../agent/index.ts';
import { count } from '../../terminal/screen.ts';
import { buckets, sparkline } from '../../terminal/sparkline.ts';

/** Columns of a plot. More would not tell more. */
const WIDEST = 100;

/** Two small plots over the steps: how long the prompt was, and what part of it was cached. */
export function plot(points: readonly LedgerPoint[], columns: number): string[] {
  if (points.length === 0) return [];
  const groups = buckets(points, Math.min(WIDEST, columns));
  const prompts = groups.map((group) =>
    group.reduce((most, { promptTokens }) => Math.max(most, promptTokens), 0),
  );
  const most = prompts.reduce((a, b) => Math.max(a, b), 0);
  const shares = groups.map(cachedShare);
  const cuts = groups.map((group) => group.some((point) => point.cuts > 0));
  const steps = points.reduce((sum, { requests }) => sum + requests, 0);
  const each = Math.ceil(steps / groups.length);
  const scale = each > 1 ? `, a bar for some ${count(each)}` : '';
  return [
    `Tokens of the prompt, steps 1 to ${count(steps)}${scale}; full height: ${count(most)}`,
    `  ${sparkline(prompts, most)}`.trimEnd(),
    ...(cuts.includes(true) ? [`  ${cuts.map((cut) => (cut ? '^' : ' ')).join('')}  ^ cut`] : []),
    `Cached share of it, ${percent(cachedShare(points) ?? 0)} over all`,
    `  ${sparkline(shares, 1)}`.trimEnd(),
  ];
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0.995 && share < 1 ? 1 : 0)} %`;
}

/** Undefined: the host told nothing. */
function cachedShare(points: readonly LedgerPoint[]): number | undefined {
  const tokens = points.reduce((sum, { inputTokens }) => sum + inputTokens, 0);
  if (tokens === 0) return undefined;
  return points.reduce((sum, { cachedInputTokens }) => sum + cachedInputTokens, 0) / tokens;
}
