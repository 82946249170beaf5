/** Longer texts are not searched: whoever sends them would hold everybody else up. */
const LONGEST = 1024 * 1024;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /(?:true|false|null)/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;

/** What may stand at a place. `first`: or the end of the list or object, since nothing stands in it yet. */
type Expected = 'value' | 'first-value' | 'key' | 'first-key' | 'colon' | 'next';

/**
 * Where a text that `JSON.parse` refused stops being JSON, for a message; its own says that in some versions of V8 only, and
 * quotes the text. `isEnd`: what is there is right and goes on nowhere. Undefined: not searched for.
 */
export function jsonFault(
  text: string,
): { readonly line: number; readonly column: number; readonly isEnd: boolean } | undefined {
  if (text.length > LONGEST) return undefined;
  const at = faultIn(text);
  if (at === undefined) return undefined;
  const before = text.slice(0, at);
  const lines = before.split('\n');
  return { line: lines.length, column: lines.at(-1)!.length + 1, isEnd: at >= text.length };
}

function faultIn(text: string): number | undefined {
  /** The brackets that are to come, the next one last. */
  const closing: string[] = [];
  let expected: Expected = 'value';
  let at = skip(SPACE, text, 0);
  while (at < text.length) {
    const next = text[at]!;
    if (expected === 'next') {
      if (closing.length === 0) return at;
      if (next === closing.at(-1)) closing.pop();
      else if (next === ',') expected = closing.at(-1) === '}' ? 'key' : 'value';
      else return at;
      at++;
    } else if (expected === 'colon') {
      if (next !== ':') return at;
      expected = 'value';
      at++;
    } else if (expected.startsWith('first-') && next === closing.at(-1)) {
      closing.pop();
      expected = 'next';
      at++;
    } else if (expected === 'key' || expected === 'first-key') {
      if (next !== '"') return at;
      const end = stringEnd(text, at);
      if (!end.isWhole) return end.at;
      at = end.at;
      expected = 'colon';
    } else if (next === '{' || next === '[') {
      closing.push(next === '{' ? '}' : ']');
      expected = next === '{' ? 'first-key' : 'first-value';
      at++;
    } else {
      const end = scalarEnd(text, at);
      if (!end.isWhole) return end.at;
      at = end.at;
      expected = 'next';
    }
    at = skip(SPACE, text, at);
  }
  return expected === 'next' && closing.length === 0 ? undefined : text.length;
}

interface End {
  /** Behind what is right. */
  readonly at: number;
  readonly isWhole: boolean;
}

function scalarEnd(text: string, from: number): End {
  if (text[from] === '"') return stringEnd(text, from);
  const at = Math.max(skip(NUMBER, text, from), skip(WORD, text, from));
  return { at, isWhole: at > from };
}

function stringEnd(text: string, from: number): End {
  let at = from + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 34) return { at: at + 1, isWhole: true };
    const after = code === 92 ? skip(ESCAPE, text, at) : code < 32 ? at : at + 1;
    if (after === at) return { at, isWhole: false };
    at = after;
  }
  return { at, isWhole: false };
}

/** The position behind what a sticky pattern matches; `from` where it does not. */
function skip(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}
