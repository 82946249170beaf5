/** What a backslash and the character after it mean in a JSON string. */
export type EscapeKind = 'plain' | 'letter' | 'stray' | 'unsure';

const PLAIN = '"\\/u';
const LETTERS = 'bfnrt';
/** Escapes that Python, C, JavaScript or a shell know and JSON does not: `\x41`, `\'`, `\$`, `\0`. */
const FOREIGN = "xUN01234567'`$ave\n\r";

/**
 * - `plain`: JSON's own, and nothing else can be meant (`\"`, `\\`, `\/`, `\u`).
 * - `letter`: JSON's own, but beside a stray backslash it may have been meant as one (`\b`, `\n`, `\t`).
 * - `stray`: no language's escape, so the backslash stands for itself (`\d`, `\.`, `\ `).
 * - `unsure`: another language's escape.
 */
export function escapeKind(character: string): EscapeKind {
  if (PLAIN.includes(character)) return 'plain';
  if (LETTERS.includes(character)) return 'letter';
  return FOREIGN.includes(character) || character < ' ' || character > '~' ? 'unsure' : 'stray';
}

const CONTROL: { readonly [character: string]: string } = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** The escape for a control character. */
export function controlEscape(character: string): string {
  return CONTROL[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
