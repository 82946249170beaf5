import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';

/** Milliseconds that finding a difference may take, since nobody else can run meanwhile. */
const MAX_MS = 300;
/** Characters of one line that are shown. */
const MAX_LINE = 500;

/** How a file changes. */
export interface Difference {
  /** A unified diff, in whole lines; what is missing at the end is said there. Empty when nothing changes. */
  readonly diff: string;
  readonly added: number;
  readonly removed: number;
}

/** The difference between two states of a text file; `before` undefined for a new one. At most `limit` characters. */
export function differenceOf(
  name: string,
  before: string | undefined,
  after: string,
  limit: number,
): Difference {
  if (before === after) return { diff: '', added: 0, removed: 0 };
  const from = before === undefined ? '/dev/null' : `a/${name}`;
  const patch = structuredPatch(from, `b/${name}`, before ?? '', after, undefined, undefined, {
    context: 3,
    timeout: MAX_MS,
  });
  if (!patch) return { diff: 'The difference is too large to show.', ...lineCounts(before ?? '', after) };
  const changes = patch.hunks.flatMap(({ lines }) => lines);
  return {
    diff: shortened(formatPatch(patch, FILE_HEADERS_ONLY), limit),
    added: changes.filter((line) => line.startsWith('+')).length,
    removed: changes.filter((line) => line.startsWith('-')).length,
  };
}

/** All lines, where it cannot be told which of them stay. */
function lineCounts(before: string, after: string): { added: number; removed: number } {
  const count = (text: string): number => text.split('\n').length - (/(^|\n)$/.test(text) ? 1 : 0);
  return { added: count(after), removed: count(before) };
}

function shortened(diff: string, limit: number): string {
  const lines = diff.replace(/\n$/, '').split('\n');
  const shown: string[] = [];
  let length = 0;
  for (const line of lines) {
    const cut = line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}… (${line.length} characters)` : line;
    length += cut.length + 1;
    if (length > limit) break;
    shown.push(cut);
  }
  const rest = lines.length - shown.length;
  if (rest > 0) shown.push(`… ${rest} more lines of the diff are not shown.`);
  return shown.join('\n');
}
