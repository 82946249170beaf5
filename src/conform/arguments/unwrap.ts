import { parseJson } from '../../core/index.ts';
import { ARRAY, BOOLEAN, FRACTION, INTEGER, NULL, OBJECT, valueBit } from './value-types.ts';

/** What is lost of no number when it is read: fifteen digits, in JSON's own spelling. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,2})?$/;
const MOST_DIGITS = 15;
/** Strings inside one another that are opened. */
const MOST_STRINGS = 3;

const WORDS: { readonly [word: string]: { readonly text: string; readonly bit: number } } = {
  true: { text: 'true', bit: BOOLEAN },
  false: { text: 'false', bit: BOOLEAN },
  null: { text: 'null', bit: NULL },
  True: { text: 'true', bit: BOOLEAN },
  False: { text: 'false', bit: BOOLEAN },
  None: { text: 'null', bit: NULL },
};

/**
 * The text of the value that a string stands for where no string may be: `"[1]"` for `[1]`, `"3"` for `3`. Undefined unless
 * all of the string is such a text; of an object or array only how it begins is looked at.
 */
export function unwrapped(value: string, types: number): string | undefined {
  const word = Object.hasOwn(WORDS, value) ? WORDS[value] : undefined;
  if (word) return types & word.bit ? word.text : undefined;
  if (types & (INTEGER | FRACTION) && isNumber(value)) {
    return types & valueBit(Number(value)) ? value : undefined;
  }
  const text = value.trim();
  const bit = text.startsWith('{') ? OBJECT : text.startsWith('[') ? ARRAY : 0;
  return types & bit ? text : undefined;
}

function isNumber(text: string): boolean {
  return text.length <= 32 && NUMBER.test(text) && text.replace(/[eE].*|\D/g, '').length <= MOST_DIGITS;
}

/** Argument text without what stands around the object: white space, a code fence, the quotes of a JSON string. */
export function bareArguments(text: string): string | undefined {
  let bare = withoutFence(text.trim());
  if (bare === '') return bare;
  for (let strings = 0; bare.startsWith('"') && strings < MOST_STRINGS; strings++) {
    const inner = stringIn(bare);
    if (inner === undefined) return undefined;
    bare = withoutFence(inner.trim());
  }
  return bare.startsWith('{') ? bare : undefined;
}

/** The string that a JSON text is; undefined for any other text. */
export function stringIn(text: string): string | undefined {
  const value = parseJson(text);
  return typeof value === 'string' ? value : undefined;
}

/** The text inside one code fence (three backticks, with or without a language), or the text itself. */
function withoutFence(text: string): string {
  if (!text.startsWith('```')) return text;
  const inner = text.slice(3).replace(/^[ \t]*[A-Za-z_][\w+-]*(?=[\s[{"])/, '');
  return (inner.endsWith('```') ? inner.slice(0, -3) : inner).trim();
}
