import type { ApprovalRequest } from '../../agent/index.ts';
import { count } from './screen.ts';
import { cutTo, oneLine, printable } from './text.ts';

/** What a person is shown of a call before more of it has to be looked up. */
const MOST_LINES = 40;
const MOST_CHARACTERS = 6000;

/** A call that waits for a person: the tool, and what it is about to do. What is not shown is said. */
export function questionText({ name, arguments: text, preview }: ApprovalRequest, columns: number): string {
  const whole = printable(preview ?? text);
  const part = whole.slice(0, MOST_CHARACTERS);
  const lines = part
    .trimEnd()
    .split('\n')
    .flatMap((line) => wrapped(line, columns - 4));
  const shown = lines.slice(0, MOST_LINES);
  const isCut = shown.length < lines.length || part.length < whole.length;
  const rest = isCut ? [`… it goes on: ${count(whole.length)} characters in all, not all are shown`] : [];
  const head = `? ${oneLine(name, columns - 2)}`;
  return `${[head, ...[...shown, ...rest].map((line) => `    ${line}`)].join('\n')}\n`;
}

/** The line in pieces that fit: what is cut off unseen could be what matters. */
function wrapped(line: string, columns: number): string[] {
  const pieces: string[] = [];
  let rest = line.replaceAll('\t', '    ').replaceAll('\r', '');
  while (rest !== '' && pieces.length <= MOST_LINES) {
    const cut = cutTo(rest, columns);
    const piece = cut === rest ? rest : cut.slice(0, -1) || rest.slice(0, 1);
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return pieces.length === 0 ? [''] : pieces;
}
