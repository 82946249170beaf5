import type { Colors } from 'picocolors/types.js';
import type { ExplainedCall, ExplainedPiece } from '../../formats/index.ts';

/** Characters of a piece that are shown. */
const LONGEST = 160;
const KINDS = 9;

/** The pieces for a terminal, one a line: what was read, what it became and why. */
export function printPieces(pieces: readonly ExplainedPiece[], colors: Colors): string {
  return pieces.map((piece) => pieceText(piece, colors)).join('');
}

function pieceText(piece: ExplainedPiece, colors: Colors): string {
  const { from, kind, text, why, calls } = piece;
  const head = `${String(from).padStart(6)}  ${paint(kind, colors)(kind.padEnd(KINDS))}  `;
  const lines = [`${head}${shown(text)}`, `${' '.repeat(KINDS + 10)}${colors.dim(becameOf(piece) + why)}`];
  for (const call of calls) lines.push(`${' '.repeat(KINDS + 10)}${callText(call, colors)}`);
  return `${lines.join('\n')}\n`;
}

function becameOf({ kind, text, became }: ExplainedPiece): string {
  if (kind === 'noise' || kind === 'rest') return 'dropped: ';
  if (kind !== 'text' && kind !== 'reasoning') return '';
  if (became === text) return '';
  return became === '' ? 'dropped: ' : `only ${shown(became)} is left: `;
}

function callText({ id, name, arguments: text, problem }: ExplainedCall, colors: Colors): string {
  const called = `→ ${name ?? 'an unknown tool'} ${shown(text)}${id === undefined ? '' : `, id ${shown(id)}`}`;
  return problem === undefined ? colors.green(called) : colors.red(`${called}: ${problem}`);
}

function paint(kind: ExplainedPiece['kind'], colors: Colors): (text: string) => string {
  switch (kind) {
    case 'text':
      return colors.bold;
    case 'reasoning':
      return colors.italic;
    case 'marker':
      return colors.magenta;
    case 'header':
    case 'arguments':
    case 'call':
      return colors.cyan;
    case 'noise':
    case 'rest':
      return colors.dim;
    default:
      return kind satisfies never;
  }
}

/** On one line, between bars; what could move the cursor or turn the direction is shown by its name or number. */
function shown(text: string): string {
  const left = text.length > LONGEST ? ` … of ${text.length} characters` : '';
  const visible = text
    .slice(0, LONGEST)
    .replaceAll('\n', '\\n')
    .replace(
      /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  return `│${visible}│${left}`;
}
