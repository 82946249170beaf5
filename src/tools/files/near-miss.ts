/** Lines of a file that are looked through for something similar. */
const MAX_LINES = 100_000;
/** Characters of the file that are shown. */
const MAX_SHOWN = 2000;

interface Run {
  /** The first line of the file, counted from 0. */
  readonly from: number;
  readonly length: number;
}

/**
 * What in `text` comes near `wanted`, which is not in it: the lines that differ in white space alone, or how far the
 * lines fit where most of them do. As sentences for the model.
 */
export function nearMiss(text: string, wanted: string): string {
  const lines = text.replace(/\n$/, '').split('\n', MAX_LINES);
  const asked = withoutEdges(wanted.split('\n'));
  if (asked.length === 0) return READ_AGAIN;
  const { from, length } = longestRun(lines.map(squeezed), asked.map(squeezed));
  if (length === asked.length) {
    return (
      `It differs from ${range(from, length)} of the file in white space only (spaces, tabs, indentation). ` +
      `The file has exactly:\n${excerpt(lines, from, length)}`
    );
  }
  if (length > 0) {
    return (
      `It fits ${range(from, length)} of the file, but then old_text has ${shown(asked[length]!)} ` +
      `where the file has ${shown(lines[from + length])}.`
    );
  }
  const known = asked.length > 1 ? firstKnown(lines, asked) : undefined;
  if (known) return known;
  const inOneLine = asked.length === 1 ? lines.findIndex((line) => fitsWithin(line, asked[0]!)) : -1;
  if (inOneLine >= 0) {
    return `Line ${inOneLine + 1} of the file has it in other case or spacing: ${shown(lines[inOneLine])}.`;
  }
  if (!wanted.includes('\n') && /\\[nt"]/.test(wanted)) {
    return 'It has a backslash sequence such as "\\n"; write the line break or character itself.';
  }
  return READ_AGAIN;
}

const READ_AGAIN = 'Nothing in the file is like it; read the file again and copy the text from there.';

/** The longest run of asked lines, from the first one on, that stands in the file. */
function longestRun(lines: readonly string[], asked: readonly string[]): Run {
  let best: Run = { from: 0, length: 0 };
  // Files of equal lines would otherwise make this quadratic.
  let work = 4 * MAX_LINES;
  for (let from = 0; from < lines.length && work > 0; from++) {
    let length = 0;
    while (length < asked.length && fits(lines[from + length], asked, length)) {
      length++;
      work--;
    }
    if (length > best.length) best = { from, length };
    if (length === asked.length) break;
  }
  return best;
}

/** The first asked line may begin, and the last end, in the middle of a line of the file. */
function fits(line: string | undefined, asked: readonly string[], position: number): boolean {
  if (line === undefined) return false;
  const wanted = asked[position]!;
  if (asked.length === 1 || line === wanted) return line === wanted;
  if (position === 0) return line.endsWith(wanted);
  return position === asked.length - 1 && line.startsWith(wanted);
}

/** Where a later line of what was asked for stands, when the first is nowhere. */
function firstKnown(lines: readonly string[], asked: readonly string[]): string | undefined {
  const places = new Map(lines.map((line, position) => [squeezed(line), position]));
  for (const [position, line] of asked.entries()) {
    const place = line.length < 5 ? undefined : places.get(squeezed(line));
    if (place === undefined) continue;
    return (
      `Its first line, ${shown(asked[0])}, is nowhere in the file; its line ${position + 1}, ${shown(line)}, ` +
      `is line ${place + 1} of the file.`
    );
  }
  return undefined;
}

function squeezed(line: string): string {
  return line.trim().replace(/\s+/g, ' ');
}

function fitsWithin(line: string, wanted: string): boolean {
  const plain = (text: string): string => text.replace(/\s+/g, '').toLowerCase();
  const part = plain(wanted);
  return part !== '' && plain(line).includes(part);
}

function withoutEdges(lines: readonly string[]): readonly string[] {
  const from = lines.findIndex((line) => line.trim() !== '');
  const to = lines.findLastIndex((line) => line.trim() !== '');
  return from < 0 ? [] : lines.slice(from, to + 1);
}

function range(from: number, length: number): string {
  return length === 1 ? `line ${from + 1}` : `lines ${from + 1} to ${from + length}`;
}

function excerpt(lines: readonly string[], from: number, length: number): string {
  const text = lines.slice(from, from + length).join('\n');
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function shown(line: string | undefined): string {
  if (line === undefined) return 'its end';
  return JSON.stringify(line.length > 200 ? `${line.slice(0, 200)}…` : line);
}
