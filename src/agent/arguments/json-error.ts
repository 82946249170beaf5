/** Where a text stops being JSON, and what should have stood there. */
export interface JsonError {
  /** Counted from 0; the length of the text when it ends too early. */
  readonly position: number;
  readonly expected: string;
}

type State = 'value' | 'first-value' | 'first-key' | 'key' | 'colon' | 'after-field' | 'after-item' | 'end';

const EXPECTED: { readonly [state in State]: string } = {
  value: 'a value',
  'first-value': 'a value or "]"',
  'first-key': 'a field name in double quotes or "}"',
  key: 'a field name in double quotes',
  colon: '":"',
  'after-field': '"," or "}"',
  'after-item': '"," or "]"',
  end: 'nothing more after the closing bracket',
};

const SPACE = /[ \t\n\r]*/y;
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
const STRING_BEGINNING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*/y;

/** The first error of a JSON text; undefined when there is none. Engines tell it in their own, changing words. */
export function jsonErrorIn(text: string): JsonError | undefined {
  const open: ('{' | '[')[] = [];
  let state: State = 'value';
  let at = 0;
  for (;;) {
    at = matchEnd(SPACE, text, at) ?? at;
    if (at >= text.length) return state === 'end' ? undefined : { position: at, expected: EXPECTED[state] };
    const character = text[at]!;
    const inside = open.at(-1);
    const afterValue: State = inside === '{' ? 'after-field' : inside === '[' ? 'after-item' : 'end';
    const wantsKey: boolean = state === 'key' || state === 'first-key';
    const wantsValue: boolean = state === 'value' || state === 'first-value';
    if (character === '"' && (wantsKey || wantsValue)) {
      const end = matchEnd(STRING, text, at);
      if (end === undefined) return stringError(text, at);
      at = end;
      state = wantsKey ? 'colon' : afterValue;
    } else if (wantsValue && (character === '{' || character === '[')) {
      open.push(character);
      state = character === '{' ? 'first-key' : 'first-value';
      at++;
    } else if (closes(state, character)) {
      open.pop();
      const outer = open.at(-1);
      state = outer === '{' ? 'after-field' : outer === '[' ? 'after-item' : 'end';
      at++;
    } else if (character === ':' && state === 'colon') {
      state = 'value';
      at++;
    } else if (character === ',' && (state === 'after-field' || state === 'after-item')) {
      state = state === 'after-field' ? 'key' : 'value';
      at++;
    } else {
      const end = wantsValue ? matchEnd(SCALAR, text, at) : undefined;
      if (end === undefined) return { position: at, expected: EXPECTED[state] };
      at = end;
      state = afterValue;
    }
  }
}

function closes(state: State, character: string): boolean {
  if (character === '}') return state === 'first-key' || state === 'after-field';
  return character === ']' && (state === 'first-value' || state === 'after-item');
}

function stringError(text: string, from: number): JsonError {
  const position = matchEnd(STRING_BEGINNING, text, from) ?? from;
  if (position >= text.length) return { position, expected: 'the closing quote of the string' };
  if (text[position] === '\\') return { position, expected: 'a valid escape: \\n, \\", \\\\ or \\uXXXX' };
  return { position, expected: 'control characters escaped, a line break as \\n' };
}

function matchEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
