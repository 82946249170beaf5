import { type Difference, differences, type SideReport } from '../score/report.ts';
import type { Finding, Measure } from '../score/tally.ts';
import { html, type Markup } from './escape.ts';
import { measurePlot, milliseconds, timePlot } from './plots.ts';
import { STYLE } from './style-data.ts';

export interface PageOptions {
  readonly sides: readonly SideReport[];
  readonly suite: string;
  /** When it was measured, as ISO 8601. */
  readonly at: string;
  /** Not everything was asked. */
  readonly interrupted: boolean;
}

const NAMES = { host: 'Host', reference: 'Reference', gateway: 'Through Perigee' } as const;
const TILES: readonly Measure['name'][] = ['f1', 'schema', 'clean', 'finish', 'ids', 'answered'];

/** The whole report as one page that needs nothing from anywhere. What hosts and models wrote is shown as text. */
export function renderPage({ sides, suite, at, interrupted }: PageOptions): string {
  const bare = sides.find(({ side }) => side === 'host') ?? sides[0]!;
  const others = sides.filter((side) => side !== bare);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>perigee verify: ${bare.model}</title>
<style>`.text;
  const body = html`</style>
</head>
<body>
<h1>${bare.model}</h1>
<p class="soft">${bare.where} · ${bare.answers} answers · suite ${suite} · ${at}${interrupted ? ' · interrupted, so far' : ''}</p>
<div class="tiles">${TILES.map((name) => tile(bare.measures.find((measure) => measure.name === name)!))}</div>
${others.map((other) => comparison(bare, other))}
${[bare, ...others].map((side) => section(side, others.length > 0))}
<p class="soft">Made by perigee verify. Every percentage is a share of those answers in which it can be told.</p>
</body>
</html>
`.text;
  return page + STYLE + body;
}

function tile({ title, percent, good, of }: Measure): Markup {
  return html`<div class="tile"><b>${percent === null ? '–' : `${percent} %`}</b>${title.split(':')[0]!}<br><span class="soft">${good} of ${of}</span></div>`;
}

function comparison(bare: SideReport, other: SideReport): Markup {
  const rows = differences(bare, other).filter((row) => row.bare !== null || row.through !== null);
  return html`<h2>${NAMES[bare.side]} and ${NAMES[other.side].toLowerCase()}</h2>
<p class="soft">${bare.where} beside ${other.where}. The upper bar is the first, the lower one the second.</p>
${measurePlot(bare.measures, other.measures)}
<div class="scroll"><table><tr><th>Measure</th><th class="n">${NAMES[bare.side]}</th><th class="n">${NAMES[other.side]}</th><th class="n">Points</th></tr>
${rows.map(differenceRow)}</table></div>`;
}

function differenceRow({ title, bare, through, points }: Difference): Markup {
  const shade = points === null || points === 0 ? 'soft' : points > 0 ? 'up' : 'down';
  return html`<tr><td>${title}</td><td class="n">${bare ?? '–'}</td><td class="n">${through ?? '–'}</td><td class="n ${shade}">${points === null ? '–' : points > 0 ? `+${points}` : points}</td></tr>`;
}

function section(side: SideReport, named: boolean): Markup {
  const { speed, findings } = side;
  const times = [
    { title: 'Time to the first event', spread: speed.firstEvent },
    { title: 'Time to the first call', spread: speed.firstCall },
    { title: 'Whole answer', spread: speed.total },
  ].flatMap(({ title, spread }) => (spread ? [{ title, spread }] : []));
  const of = named ? `: ${NAMES[side.side].toLowerCase()}` : '';
  return html`<h2>Measures${of}</h2>
${measurePlot(side.measures)}
<h2>Findings${of}</h2>
${findings.length === 0 ? html`<p>Nothing was found.</p>` : findings.map(finding)}
<h2>Speed and cost${of}</h2>
${times.length === 0 ? html`` : timePlot(times)}
<p class="soft">Blue: the median; yellow: nine of ten are faster.</p>
${costs(side)}
<h2>By category${of}</h2>
${categories(side)}
<h2>Forms${of}</h2>
${counts('Ids of calls', side.idForms)}
${counts('Finish reasons', side.finishReasons)}`;
}

function finding({ title, severity, count, of, remedy, example, cases }: Finding): Markup {
  const more = cases.length > 1 ? ` and ${cases.length - 1} more` : '';
  return html`<div class="finding ${severity}"><h3>${title}</h3>
<p class="soft">${count} of ${of} answers; ${example.case} (${example.mode})${more}</p>
<pre>${example.detail}</pre>
<p>${remedy}</p></div>`;
}

function costs({ speed }: SideReport): Markup {
  const { usage, cost, tokensPerSecond, waits, waitedMs, retries } = speed;
  const rate = tokensPerSecond ? `${tokensPerSecond.median.toFixed(1)} tokens a second (median). ` : '';
  const price = cost === undefined ? '' : ` They cost $${cost.toFixed(4)}.`;
  const patience =
    waits > 0 ? ` ${waits} times the host wanted to be left alone, ${milliseconds(waitedMs)} in all.` : '';
  const again = retries > 0 ? ` ${retries} requests were sent again because it failed.` : '';
  return html`<p>${rate}${usage.input} tokens in, of which ${usage.cached} from the cache, ${usage.output} out.${price}${patience}${again}</p>`;
}

function categories({ categories: all }: SideReport): Markup {
  const names = ['recall', 'precision', 'schema', 'arguments', 'clean', 'answered'] as const;
  const head = ['Recall', 'Precision', 'Schema', 'Arguments', 'No leaks', 'Answered'];
  const rows = all.map(({ category, answers, measures }) => {
    const cells = names.map((name) => {
      const percent = measures.find((measure) => measure.name === name)?.percent ?? null;
      return html`<td class="n">${percent ?? '–'}</td>`;
    });
    return html`<tr><td>${category}</td><td class="n">${answers}</td>${cells}</tr>`;
  });
  return html`<div class="scroll"><table><tr><th>Category</th><th class="n">Answers</th>${head.map((name) => html`<th class="n">${name}</th>`)}</tr>${rows}</table></div>`;
}

function counts(title: string, of: { readonly [name: string]: number }): Markup {
  const entries = Object.entries(of).sort(([, a], [, b]) => b - a);
  const words = entries.map(([name, count]) => `${name.slice(0, 80)} (${count})`).join(', ');
  return html`<p>${title}: ${words || 'none'}.</p>`;
}
