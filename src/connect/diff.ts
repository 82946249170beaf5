import { structuredPatch } from 'diff';

/** Lines of a diff that are shown. */
const MOST_LINES = 400;
const SECRET =
  /\b(?:sk|pk|rk|key|xai|gsk|ghp|gho|pat|AIza|hf|nvapi|fw|tgp)[-_]?[A-Za-z0-9][\w-]{15,}|(?<=\bBearer )[\w.~+/-]{8,}/g;

/** What a write changes, as lines that begin with a space, `-` or `+`; secrets are not shown. */
export function diffLines(before: string, after: string, secrets: readonly string[] = []): string[] {
  const patch = structuredPatch('', '', before, after, '', '', { context: 3, timeout: 2000 });
  if (!patch) return ['(too different to be shown line by line)'];
  const lines = patch.hunks.flatMap(({ oldStart, newStart, lines: changed }) => [
    `@@ -${oldStart} +${newStart} @@`,
    ...changed.map((line) => masked(line.replace(/\r$/, ''), secrets)),
  ]);
  const more = lines.length - MOST_LINES;
  return more > 0 ? [...lines.slice(0, MOST_LINES), `(${more} more lines)`] : lines;
}

/** A text without the secrets that are known, and without what looks like one. */
export function masked(text: string, secrets: readonly string[]): string {
  const known = secrets
    .filter((secret) => secret !== '')
    .reduce((line, secret) => line.replaceAll(secret, '‹key›'), text);
  return known.replace(SECRET, '‹secret›');
}
