import { type Difference, differences, type SideReport, type Spread } from '../../verify/index.ts';
import { count, duration, plural } from '../terminal/screen.ts';
import { oneLine } from '../terminal/text.ts';

const NAMES = { host: 'Host', reference: 'Reference', gateway: 'Through Perigee' } as const;
const EXAMPLE_COLUMNS = 150;

/** The reports as text for a terminal. What hosts wrote is made harmless. */
export function printReports(sides: readonly SideReport[]): string {
  const [bare, ...others] = sides as [SideReport, ...SideReport[]];
  const parts = [bare, ...others].map((side) => sideText(side, others.length > 0));
  for (const other of others) parts.push(comparison(bare, other));
  return parts.join('\n');
}

function sideText(side: SideReport, named: boolean): string {
  const { model, where, answers } = side;
  const head = `${named ? `${NAMES[side.side]}: ` : ''}${model} at ${where}, ${plural(answers, 'answer')}`;
  return `${[oneLine(head, 200), '', ...measures(side), '', ...findings(side), '', ...speed(side)].join('\n')}\n`;
}

function measures({ measures: all }: SideReport): string[] {
  const width = Math.max(...all.map(({ title }) => title.length));
  return all.map(({ title, percent, good, of }) => {
    const shown = percent === null ? '     –  ' : `${percent.toFixed(2).padStart(6)} %`;
    return `  ${title.padEnd(width)}  ${shown}${percent === null ? '' : `  ${good}/${of}`}`;
  });
}

function findings({ findings: all }: SideReport): string[] {
  if (all.length === 0) return ['  Nothing was found.'];
  return all.flatMap(({ severity, title, count: seen, of, example, remedy, code }) => [
    `  ${severity === 'fault' ? '✗' : '·'} ${title} (${code}): ${seen} of ${of}`,
    `      ${example.case} (${example.mode}): ${oneLine(example.detail, EXAMPLE_COLUMNS)}`,
    `      → ${remedy}`,
  ]);
}

function speed({ speed: { usage, cost, ...rest }, idForms, finishReasons }: SideReport): string[] {
  const spread = (name: string, value: Spread | undefined) =>
    value ? [`  ${name}: median ${duration(value.median)}, nine of ten within ${duration(value.p90)}`] : [];
  const { tokensPerSecond: rate } = rest;
  return [
    ...spread('First event', rest.firstEvent),
    ...spread('First call', rest.firstCall),
    ...spread('Whole answer', rest.total),
    ...(rate ? [`  Tokens a second: median ${rate.median.toFixed(1)}`] : []),
    `  Tokens: ${count(usage.input)} in (${count(usage.cached)} cached), ${count(usage.output)} out${cost === undefined ? '' : `; $${cost.toFixed(4)}`}`,
    ...(rest.waits > 0
      ? [`  Waited ${plural(rest.waits, 'time')} for the host, ${duration(rest.waitedMs)}`]
      : []),
    ...(rest.retries > 0 ? [`  Asked again ${plural(rest.retries, 'time')}, because the host failed`] : []),
    `  Ids: ${counts(idForms)}. Finish reasons: ${counts(finishReasons)}.`,
  ];
}

function counts(of: { readonly [name: string]: number }): string {
  const entries = Object.entries(of).sort(([, a], [, b]) => b - a);
  return entries.map(([name, number]) => `${oneLine(name, 40)} ${number}`).join(', ') || 'none';
}

function comparison(bare: SideReport, other: SideReport): string {
  const rows = differences(bare, other).filter((row) => row.bare !== null || row.through !== null);
  const width = Math.max(...rows.map(({ title }) => title.length));
  const lines = rows.map((row) => `  ${row.title.padEnd(width)}  ${cells(row)}`);
  return `${[`${NAMES[bare.side]} → ${NAMES[other.side].toLowerCase()}, in points`, '', ...lines].join('\n')}\n`;
}

function cells({ bare, through, points }: Difference): string {
  const number = (value: number | null) => (value === null ? '–' : value.toFixed(2)).padStart(6);
  const signed = points === null ? '–' : points > 0 ? `+${points.toFixed(2)}` : points.toFixed(2);
  return `${number(bare)} → ${number(through)}  ${signed.padStart(7)}`;
}
