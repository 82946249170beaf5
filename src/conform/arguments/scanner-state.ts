/**
 * Where the text stands. `other`: it does not begin as an object, so it is judged when it is whole. `broken`: it is not
 * JSON and cannot be made so; the rest passes as it is.
 */
export type ScannerState =
  | 'begin'
  | 'first-key'
  | 'key'
  | 'colon'
  | 'first-value'
  | 'value'
  | 'after'
  | 'string'
  | 'scalar'
  | 'word'
  | 'end'
  | 'other'
  | 'broken';

/** What is told of one repair. */
export interface Repair {
  readonly kind: string;
  /** Field names and positions. */
  readonly path: readonly (string | number)[];
}

/** What a bare word means in Python. */
export function pythonConstant(word: string): string | undefined {
  return Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
}

const WORDS: { readonly [word: string]: string } = { True: 'true', False: 'false', None: 'null' };
