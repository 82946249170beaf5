import { count, dollars, duration, plural } from '../../terminal/screen.ts';
import { table } from '../../terminal/table.ts';
import { cutTo, printable, textWidth } from '../../terminal/text.ts';
import { timeText } from '../time-text.ts';
import { percent, plot } from './report-plot.ts';
import type { SessionReport, ToolReport } from './session-report.ts';

/** Rows of a list; `--json` has all. */
const MOST_ROWS = 12;
const INDENT = '  ';

/** The report for people: one page of lines, none wider than `columns`. `state`: what the session is at, in words. */
export function reportPage(name: string, state: string, report: SessionReport, columns: number): string {
  const sections = [
    overview(name, state, report),
    plot(report.bill.points, columns - INDENT.length),
    toolSection(report.tools, columns),
    wrong(report, columns),
    longest(report),
  ];
  const lines = sections.filter((section) => section.length > 0).map((section) => section.join('\n'));
  return `${fitted(lines.join('\n\n'), columns)}\n`;
}

function overview(name: string, state: string, report: SessionReport): string[] {
  const { models, firstAt, lastAt, runs, steps, calls, records, queued } = report;
  const times =
    firstAt === undefined || lastAt === undefined
      ? []
      : [['When', `${timeText(firstAt)} – ${timeText(lastAt)} (${duration(lastAt - firstAt)})`]];
  const steered = queued === 0 ? '' : `, ${plural(queued, 'message')} put in line`;
  const rows = [
    ['Session', `${name}: ${state}`],
    ['Model', models.join(', ') || '-'],
    ...times,
    [
      'Work',
      `${[plural(runs.length, 'run'), plural(steps, 'step'), plural(calls, 'call')].join(', ')}${steered} (${plural(records, 'record')})`,
    ],
    ['Time', timeLine(report)],
    ['Tokens', tokenLine(report)],
    ['Cost', costLine(report)],
    ...pruning(report),
    ...approvals(report),
  ];
  return table(rows);
}

function timeLine({ time: { modelMs, callsMs, waitedMs } }: SessionReport): string {
  const waited = waitedMs > 0 ? `, people ${duration(waitedMs)}` : '';
  return `model ${duration(modelMs)}, tools ${duration(callsMs)}${waited}`;
}

function tokenLine({ usage: { inputTokens, cachedInputTokens, outputTokens } }: SessionReport): string {
  const share = inputTokens === 0 ? '' : ` (${percent(cachedInputTokens / inputTokens)} cached)`;
  return `${count(inputTokens)} in${share}, ${count(outputTokens)} out`;
}

function costLine({ cost, turnsWithoutCost, steps }: SessionReport): string {
  if (cost === undefined) return 'not known';
  return turnsWithoutCost === 0
    ? dollars(cost)
    : `${dollars(cost)}, without ${count(turnsWithoutCost)} of ${plural(steps, 'step')} whose price is not known`;
}

function pruning({ bill: { cuts, saved, summaries, appendOnly } }: SessionReport): string[][] {
  if (cuts === 0) return [];
  const parts = [plural(cuts, 'cut')];
  if (saved === undefined) parts.push('what they saved is not known');
  else parts.push(`${saved < 0 ? 'cost' : 'saved'} ${dollars(Math.abs(saved))} (modelled)`);
  if (summaries !== undefined && summaries > 0) parts.push(`summaries ${dollars(summaries)}`);
  if (appendOnly.overflowAt !== undefined)
    parts.push(`without them too long from step ${count(appendOnly.overflowAt)} on`);
  return [['Pruning', parts.join(', ')]];
}

function approvals({
  approvals: { asked, approved, refused, open, medianMs, longestMs },
}: SessionReport): string[][] {
  if (asked === 0) return [];
  const parts = [`${count(asked)} asked`, `${count(approved)} approved`, `${count(refused)} refused`];
  if (open > 0) parts.push(`${count(open)} open`);
  if (medianMs !== undefined && longestMs !== undefined) {
    parts.push(`answered after ${duration(medianMs)} (median), ${duration(longestMs)} at most`);
  }
  return [['Approvals', parts.join(', ')]];
}

function toolSection(tools: readonly ToolReport[], columns: number): string[] {
  if (tools.length === 0) return [];
  const rows = tools
    .slice(0, MOST_ROWS)
    .map((tool) => [
      cutTo(printable(tool.name), Math.max(12, Math.floor(columns / 3))),
      ...[tool.calls, tool.errors, tool.refused, tool.unverified].map(count),
      duration(tool.totalMs),
      tool.medianMs === undefined ? '-' : duration(tool.medianMs),
      duration(tool.longestMs),
    ]);
  const head = ['TOOL', 'CALLS', 'ERRORS', 'REFUSED', 'UNVERIFIED', 'TOTAL', 'MEDIAN', 'LONGEST'];
  return [...table([head, ...rows], columns, [1, 2, 3, 4, 5, 6, 7]), ...more(tools.length, 'tool')];
}

function wrong(report: SessionReport, columns: number): string[] {
  const { limits, failures, otherFailures, retried, restarts, runs } = report;
  const endings = runs.filter(
    ({ finishReason }) => finishReason !== undefined && !/^stop/.test(finishReason),
  );
  const atLimit = new Set(limits.map(({ place }) => place.replace(/\/.*/, '')));
  const lines = [
    ...limits.map(({ place, explanation }) => `limit in ${place}: ${explanation}`),
    ...endings
      .filter(({ run }) => !atLimit.has(`run-${run}`))
      .map(({ run, finishReason, explanation }) => `run-${run} ended with ${finishReason}: ${explanation}`),
    ...(restarts > 0 ? [`gone on with in another process: ${plural(restarts, 'time')} at least`] : []),
    ...(retried.turns > 0
      ? [
          `${plural(retried.turns, 'turn')} asked for again, ${count(retried.usage.inputTokens)} tokens in and ${count(retried.usage.outputTokens)} out for nothing`,
        ]
      : []),
    ...failures.map(
      ({ tool, kind, message, count: times, first }) =>
        `${count(times)} × ${tool} ${kind} (${times > 1 ? 'first ' : ''}${first}): ${message}`,
    ),
  ];
  if (lines.length === 0) return [];
  const rest = lines.length - MOST_ROWS + otherFailures;
  const shown = lines.slice(0, MOST_ROWS).map((line) => cutTo(INDENT + printable(line), columns));
  return [
    'What went wrong',
    ...shown,
    ...(rest > 0 ? [`${INDENT}… and ${count(rest)} more; --json has them`] : []),
  ];
}

function longest({ longest: steps }: SessionReport): string[] {
  if (steps.length === 0) return [];
  const rows = steps.map(({ place, ms, modelMs, callsMs, waitedMs, tools }) => {
    const people = waitedMs > 0 ? `, people ${duration(waitedMs)}` : '';
    const called = tools.length > 0 ? ` (${tools.join(', ')})` : '';
    return [
      INDENT + place,
      duration(ms),
      `model ${duration(modelMs)}, tools ${duration(callsMs)}${people}${called}`,
    ];
  });
  return ['Longest steps', ...table(rows)];
}

function more(length: number, noun: string): string[] {
  return length > MOST_ROWS ? [`${INDENT}… and ${plural(length - MOST_ROWS, noun)} more`] : [];
}

/** No line is wider than the screen, or it would break in the middle of a figure. */
function fitted(text: string, columns: number): string {
  const lines = text.split('\n').map((line) => printable(line));
  return lines.map((line) => (textWidth(line) <= columns ? line : cutTo(line, columns))).join('\n');
}
