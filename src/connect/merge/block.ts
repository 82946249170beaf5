import { PerigeeError } from '../../core/index.ts';
import { endOfLine, placeAt } from './text.ts';

const OPEN = '# >>> perigee >>>';
const CLOSE = '# <<< perigee <<<';
const OPENING = /^# >>> perigee\b.*$/gm;
const CLOSING = /^# <<< perigee\b.*$/gm;

/** A script or env file with our lines in it, between two comments that tell which they are; all else stays. */
export function withBlock(text: string, lines: string): string {
  const line = endOfLine(text);
  const block = [OPEN, ...lines.trimEnd().split('\n'), CLOSE].join(line);
  const opening = [...text.matchAll(OPENING)];
  const closing = [...text.matchAll(CLOSING)];
  if (opening.length === 0 && closing.length === 0) {
    const gap = text === '' ? '' : text.endsWith('\n') ? line : line + line;
    return `${text}${gap}${block}${line}`;
  }
  const [start, end] = [opening[0]?.index ?? -1, closing[0]?.index ?? -1];
  if (opening.length !== 1 || closing.length !== 1 || start < 0 || end < start) {
    const { line: at } = placeAt(text, Math.max(0, start < 0 ? end : start));
    throw new PerigeeError(
      'config-invalid',
      `line ${at}: the comments around perigee's lines are not one pair.`,
      {
        remedy: `Leave one "${OPEN}" and after it one "${CLOSE}", or none of them.`,
      },
    );
  }
  const last = end + closing[0]![0].replace(/\r$/, '').length;
  return text.slice(0, start) + block + text.slice(last);
}

/** What stands between the comments. */
export function printedBlock(lines: string): string {
  return withBlock('', lines);
}
