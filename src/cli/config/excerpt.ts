import { printable } from '../terminal/text.ts';
import { type ConfigProblem, isSecretName } from './problem.ts';

/** Characters of a line that are shown. */
const WIDTH = 100;
const MASK = '…';

/** A problem as people read it: place, sentence, the line with a mark below it, and what to do. */
export function showProblem(problem: ConfigProblem, text: string, file: string): string {
  const { line, column, message, remedy } = problem;
  const shown = excerpt(text, line, column);
  return printable(`${file}:${line}:${column}: ${message}\n${shown}  ${remedy}\n`);
}

/** The line with a caret below the column, secrets masked; '' for a line that is empty. */
function excerpt(text: string, line: number, column: number): string {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  const source = (lines[line - 1] ?? '').replace(/\r$/, '');
  if (source.trim() === '') return '';
  const before = masked(lines, line - 1, source, column - 1);
  const whole = masked(lines, line - 1, source, source.length);
  const from = Math.max(0, before.length - WIDTH / 2);
  const cut = whole.slice(from, from + WIDTH).replaceAll('\t', ' ');
  const gutter = String(line).padStart(6);
  const caret = ' '.repeat(Math.min(before.length, whole.length) - from);
  return `${gutter} | ${cut}\n${' '.repeat(gutter.length)} | ${caret}^\n`;
}

const NAMED = /(["']?)([\w$.-]+)\1\s*:(?=\s|$|")\s*/g;
/** A value that is nothing but variables is no secret. */
const ONLY_VARIABLES = /^(["']?)(?:\$\{[^}]*\})+\1\s*(?:#.*|[,}\]].*)?$/;
/** What looks like a key wherever it stands. */
const KEY_LIKE =
  /\b(?:sk|pk|rk|key|fw|gsk|hf|nvapi|tgp)[-_][\w-]{12,}|\b[A-Fa-f\d]{32,}\b|\/\/[^/\s@]+@|(?<=[?&][\w-]+=)[^&\s"']+/g;

/** The first `length` characters of a line, from which the values of secrets were taken. */
function masked(lines: readonly string[], position: number, source: string, length: number): string {
  if (continuesSecret(lines, position)) return MASK;
  for (const match of source.matchAll(NAMED)) {
    const start = match.index + match[0].length;
    const value = source.slice(start).trim();
    if (!isSecretName(match[2]!) || value === '' || ONLY_VARIABLES.test(value)) continue;
    // What else the line holds goes too: where the value ends is not certain.
    return length <= start ? clean(source.slice(0, length)) : `${clean(source.slice(0, start))}${MASK}`;
  }
  return clean(source.slice(0, length));
}

function clean(text: string): string {
  return text.replace(KEY_LIKE, MASK);
}

/** Whether a line belongs to a secret that began on a line above: a text in several lines, or a list or section. */
function continuesSecret(lines: readonly string[], position: number): boolean {
  let indent = indentOf(lines[position]!);
  for (let i = position - 1; i >= 0 && indent > 0; i--) {
    const line = lines[i]!;
    if (line.trim() === '' || indentOf(line) >= indent) continue;
    indent = indentOf(line);
    const [, , name] = /^\s*(?:- +)*(["']?)([\w$.-]+)\1\s*:/.exec(line) ?? [];
    if (name !== undefined && isSecretName(name) && name !== 'keys') return true;
  }
  return false;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
