import type { RequestLog } from '../../gateway/index.ts';
import type { LogStyle } from '../config/config.ts';
import { cutTo, printable } from '../terminal/text.ts';

/** Characters of a line. */
const LONGEST = 400;

/** What writes one line for each request; undefined where none is wanted. */
export function requestLog(
  style: LogStyle,
  write: (line: string) => void,
): ((entry: RequestLog) => void) | undefined {
  switch (style) {
    case 'none':
      return undefined;
    case 'json':
      return (entry) => write(`${JSON.stringify(entry)}\n`);
    case 'pretty':
      return (entry) =>
        write(`${cutTo(printable(prettyEntry(entry)).replace(/[\r\n\t]+/g, ' '), LONGEST)}\n`);
  }
}

/** One request as people read it; a name that a client made up cannot move the cursor. */
export function prettyEntry(entry: RequestLog): string {
  const { usage, notes = {}, cost } = entry;
  const cached = usage && usage.cachedInputTokens > 0 ? ` (${usage.cachedInputTokens} cached)` : '';
  const acted = Object.entries(notes).map(([note, count]) => (count > 1 ? `${note}×${count}` : note));
  const parts = [
    entry.time.slice(11, 19),
    `${entry.status}`,
    entry.method,
    entry.path,
    entry.model !== undefined &&
      `${entry.model}${entry.upstream === undefined ? '' : ` at ${entry.upstream}`}`,
    entry.key !== undefined && `for ${entry.key}`,
    entry.withoutDatabase && 'without the database',
    entry.firstEventMs !== undefined && `first ${seconds(entry.firstEventMs)}`,
    `total ${seconds(entry.totalMs)}`,
    usage && `${usage.inputTokens}${cached} + ${usage.outputTokens} tokens`,
    cost !== undefined && `$${cost.toFixed(cost < 0.01 ? 5 : 3)}`,
    entry.finish,
    acted.length > 0 && acted.join(' '),
    entry.error,
  ];
  return parts.filter((part) => typeof part === 'string' && part !== '').join('  ');
}

function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
