import { headAndTail } from './excerpt-lines.ts';
import { figure } from './figure.ts';

/** A long result in two: what the model reads, and what it can read back. */
export interface Spilled {
  readonly kept: string;
  readonly whole: string;
}

/**
 * Takes a result of more than `over` characters apart: half of that stays, head and tail, with a line between them
 * that says how to read the rest. Undefined for a text that is short enough. The same text gives the same result.
 */
export function spill(text: string, callId: string, over = 24_000): Spilled | undefined {
  if (text.length <= over) return undefined;
  return { kept: shortened(text, callId, Math.floor(over / 2)), whole: text };
}

/** A text with so many characters of its head and tail. */
export function shortened(text: string, callId: string, characters: number, readBack = true): string {
  const { head, tail, omitted } = headAndTail(text, characters);
  if (omitted <= 0) return text;
  const from = head.endsWith('\n')
    ? `"fromLine": ${lineAt(text, head.length)}`
    : `"fromCharacter": ${head.length}`;
  const how = readBack
    ? `read_result({"id": ${JSON.stringify(callId)}, ${from}}) reads them`
    : 'call the tool again, more narrowly, if they matter';
  const end = head.endsWith('\n') || head === '' ? '' : '\n';
  const of = `${figure(text.length)} characters in ${figure(lineAt(text, text.length))} lines`;
  return `${head}${end}[${figure(omitted)} of ${of} left out here; ${how}]\n${tail}`;
}

/** The number of the line, counted from 1, in which a position is. */
export function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < position; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
