import { structuredPatch } from 'diff';

/** Lines of a diff that are shown. */
const MOST_LINES = 400;
/** Keys by how they begin; a digit tells them from words. */
const SECRET =
  /\b(?:sk|pk|rk|key|xai|gsk|ghp|gho|pat|hf|nvapi|fw|tgp)[-_](?=[\w-]*\d)[\w-]{12,}|\bAIza[\w-]{20,}|(?<=\bBearer )[\w.~+/-]{8,}/g;
/** What stands after a name that keys have, unless it is a number or leads to a variable. */
const NAMED_SECRET =
  /((?:api[_-]?key|token|secret|password)["']?\s*[:=]\s*["']?)(?!\d+\b|true\b|false\b)([^\s"'${},]{8,})/gi;

/** What a write changes, as lines that begin with a space, `-` or `+`; secrets are not shown. */
export function diffLines(before: string, after: string, secrets: readonly string[] = []): string[] {
  const patch = structuredPatch('', '', before, after, '', '', { context: 3, timeout: 2000 });
  if (!patch) return ['(too different to be shown line by line)'];
  const lines = patch.hunks.flatMap(({ oldStart, newStart, lines: changed }) => [
    `@@ -${oldStart} +${newStart} @@`,
    ...changed.map((line) => shownLine(line.replace(/\r$/, ''), secrets)),
  ]);
  const more = lines.length - MOST_LINES;
  return more > 0 ? [...lines.slice(0, MOST_LINES), `(${more} more lines)`] : lines;
}

/** Lines that are put in are ours; the others are the user's, and may hold what nobody is to read over a shoulder. */
function shownLine(line: string, secrets: readonly string[]): string {
  const shown = masked(line, secrets);
  return line.startsWith('+') ? shown : shown.replace(NAMED_SECRET, '$1‹secret›');
}

/** A text without the secrets that are known, and without what looks like one. */
export function masked(text: string, secrets: readonly string[]): string {
  const known = secrets
    .filter((secret) => secret !== '')
    .reduce((line, secret) => line.replaceAll(secret, '‹key›'), text);
  return known.replace(SECRET, '‹secret›');
}
