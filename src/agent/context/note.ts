import { type AssistantMessage, type Message, textOf, type UserMessage } from '../../core/index.ts';
import { headOf } from './excerpt-lines.ts';
import { figure } from './figure.ts';
import type { Segment, Timeline } from './timeline.ts';

/** How many of the latest cut calls are listed, and the characters of their arguments. */
const LISTED = 8;
const ARGUMENTS = 60;
/** How many tools are counted by name. */
const COUNTED = 12;

/** What was cut so far, in numbers. */
export interface CutTally {
  readonly steps: number;
  /** Messages outside of steps. */
  readonly messages: number;
  /** Calls by the name of their tool. */
  readonly calls: ReadonlyMap<string, number>;
}

/** The message that stands where something was cut. */
export function cutNote(
  timeline: Timeline,
  tailFrom: number,
  tally: CutTally,
  summary: string | undefined,
  readBack: boolean,
): UserMessage {
  const what = [counted(tally.steps, 'step'), counted(tally.messages, 'message')]
    .filter(Boolean)
    .join(' and ');
  const were = tally.steps + tally.messages === 1 ? 'was' : 'were';
  const first = `${what} ${were} cut from this conversation to keep it short${countsOf(tally.calls)}.`;
  const back =
    readBack && tally.calls.size > 0
      ? ' read_result({"id": …}) reads the result of any of these calls again.'
      : '';
  const calls = latestCalls(timeline, tailFrom).map(
    ({ call, result }) =>
      `- ${call.id}${call.id.includes(call.name) ? '' : ` ${call.name}`} ${shortArguments(call.arguments)} → ${outcome(result)}`,
  );
  const content = [
    `[${first}${back} What they did is done; go on from here.`,
    ...(calls.length > 0
      ? [`The last of them, with the characters of their results:\n${calls.join('\n')}`]
      : []),
    ...(summary ? [`What mattered in them:\n${summary}`] : []),
  ].join('\n');
  return { role: 'user', content: `${content}]`.toWellFormed() };
}

function counted(count: number, noun: string): string {
  if (count === 0) return '';
  return `${figure(count)} earlier ${noun}${count === 1 ? '' : 's'}`;
}

function countsOf(calls: ReadonlyMap<string, number>): string {
  const most = [...calls].sort(([, a], [, b]) => b - a);
  const shown = most.slice(0, COUNTED).map(([name, count]) => `${name} ×${figure(count)}`);
  const rest = most.slice(COUNTED).reduce((sum, [, count]) => sum + count, 0);
  if (rest > 0) shown.push(`others ×${figure(rest)}`);
  return shown.length === 0 ? '' : `: ${shown.join(', ')}`;
}

/** The last calls before a position, oldest first, with their results. Looks at no more rounds than it needs. */
function latestCalls(timeline: Timeline, tailFrom: number) {
  const found: { call: NonNullable<AssistantMessage['toolCalls']>[number]; result: Message | undefined }[] =
    [];
  let index = timeline.segmentFrom(tailFrom) - 1;
  for (; index >= timeline.head && found.length < LISTED; index--) {
    const segment = timeline.segments[index] as Segment;
    if (segment.kind !== 'round') continue;
    for (const call of [...callsOf(timeline.history[segment.start])].reverse()) {
      const at = timeline.resultAt(call.id);
      if (found.length < LISTED)
        found.push({ call, result: at === undefined ? undefined : timeline.history[at] });
    }
  }
  return found.reverse();
}

function shortArguments(written: string): string {
  const line = written.replace(/\s+/g, ' ');
  return line.length <= ARGUMENTS ? line : `${headOf(line, ARGUMENTS)}…`;
}

export function callsOf(message: Message | undefined): NonNullable<AssistantMessage['toolCalls']> {
  return message?.role === 'assistant' ? (message.toolCalls ?? []) : [];
}

function outcome(result: Message | undefined): string {
  if (result?.role !== 'tool') return 'no result';
  const length = figure(textOf(result.content).length);
  return result.isError ? `failed, ${length}` : length;
}
