import type { Spread } from '../score/speed.ts';
import type { Measure } from '../score/tally.ts';
import { html, type Markup } from './escape.ts';

const WIDTH = 900;
const ROW = 28;
const LABELS = 400;
const BAR = 380;

/** Measures as bars, those of a second side below each. */
export function measurePlot(measures: readonly Measure[], second?: readonly Measure[]): Markup {
  const shown = measures.filter(({ name, percent }) => percent !== null || percentIn(second, name) !== null);
  const row = second ? ROW + 14 : ROW;
  const bars = shown.map(({ name, title, percent, good, of }, position) => {
    const y = position * row;
    const other = second ? html`${bar(percentIn(second, name), y + 22, 10, 'second')}` : html``;
    return html`<text x="0" y="${y + 17}">${title}</text>
${bar(percent, y + 5, 14, shadeOf(percent))}${other}
<text x="${LABELS + BAR + 10}" y="${y + 17}">${percent === null ? '–' : `${percent} %`}<tspan class="soft" dx="6">${good}/${of}</tspan></text>`;
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${shown.length * row + 4}" role="img" aria-label="Measures in percent">${bars}</svg>`;
}

function percentIn(measures: readonly Measure[] | undefined, name: string): number | null {
  return measures?.find((measure) => measure.name === name)?.percent ?? null;
}

function bar(percent: number | null, y: number, height: number, shade: string): Markup {
  const width = ((percent ?? 0) / 100) * BAR;
  return html`<rect class="track" x="${LABELS}" y="${y}" width="${BAR}" height="${height}" rx="3"/>
<rect class="${shade}" x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${height}" rx="3"/>`;
}

function shadeOf(percent: number | null): string {
  return percent === null || percent < 80 ? 'bad' : percent < 98 ? 'fair' : 'good';
}

/** Spreads of times as bars from nothing to the longest, with the median and the 90th percentile marked. */
export function timePlot(rows: readonly { readonly title: string; readonly spread: Spread }[]): Markup {
  const most = Math.max(1, ...rows.map(({ spread }) => spread.most));
  const x = (ms: number) => (LABELS + (ms / most) * BAR).toFixed(1);
  const lines = rows.map(({ title, spread: { median, p90, most: last } }, position) => {
    const y = position * ROW;
    return html`<text x="0" y="${y + 17}">${title}</text>
<rect class="track" x="${LABELS}" y="${y + 9}" width="${(Number(x(last)) - LABELS).toFixed(1)}" height="6" rx="3"/>
<rect class="second" x="${x(median)}" y="${y + 4}" width="4" height="16"/>
<rect class="fair" x="${x(p90)}" y="${y + 4}" width="4" height="16"/>
<text x="${LABELS + BAR + 10}" y="${y + 17}">${milliseconds(median)}<tspan class="soft" dx="6">${milliseconds(p90)}</tspan></text>`;
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${rows.length * ROW + 4}" role="img" aria-label="Times">${lines}</svg>`;
}

/** Milliseconds as people read them. */
export function milliseconds(ms: number): string {
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
