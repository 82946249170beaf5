const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** A field of an object: its name as it is written, and where its value stands. */
export interface FieldPlace {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The fields of the outermost object. `json` is valid. */
export function* fieldPlaces(json: Buffer): Generator<FieldPlace> {
  let at = skipSpace(json, 0);
  if (json[at] !== OPEN_BRACE) return;
  at = skipSpace(json, at + 1);
  while (json[at] === QUOTE) {
    const nameEnd = stringEnd(json, at);
    const name = json.toString('latin1', at + 1, nameEnd - 1);
    at = skipSpace(json, nameEnd);
    if (json[at] !== COLON) return;
    const start = skipSpace(json, at + 1);
    let end: number | undefined;
    yield {
      name,
      start,
      // Where nobody asks for it, it need not be looked for.
      get end() {
        end ??= valueEnd(json, start);
        return end;
      },
    };
    at = skipSpace(json, end ?? valueEnd(json, start));
    if (json[at] === COMMA) at = skipSpace(json, at + 1);
  }
}

/** The position behind the bracket that opens the list `field` of the outermost object; -1 if there is none. `json` is valid. */
export function listStart(json: Buffer, field: string): number {
  for (const { name, start } of fieldPlaces(json)) {
    if (name === field) return json[start] === OPEN_BRACKET ? start + 1 : -1;
  }
  return -1;
}

/** The position of the bracket that closes a list; `start`: behind the one that opens it. */
export function listEnd(json: Buffer, start: number): number {
  return valueEnd(json, start - 1) - 1;
}

/**
 * Adds to `ends` the position behind each object of a list, from `at` on, until the list ends or holds something else. `at`:
 * behind its bracket, or behind one of its objects.
 */
export function addObjectEnds(json: Buffer, at: number, ends: number[]): void {
  let next = skipSpace(json, at);
  for (;;) {
    if (json[next] === COMMA) next = skipSpace(json, next + 1);
    if (json[next] !== OPEN_BRACE) return;
    const end = valueEnd(json, next);
    ends.push(end);
    next = skipSpace(json, end);
  }
}

/** The position behind the value that begins at `from`. */
function valueEnd(json: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < json.length) {
    switch (json[at]) {
      case QUOTE:
        at = stringEnd(json, at);
        if (depth === 0) return at;
        continue;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth++;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (depth === 0) return at;
        if (--depth === 0) return at + 1;
        break;
      case COMMA:
        if (depth === 0) return at;
    }
    at++;
  }
  return at;
}

/** The position behind the string whose quote stands at `from`. */
function stringEnd(json: Buffer, from: number): number {
  let quote = from;
  for (;;) {
    quote = json.indexOf(QUOTE, quote + 1);
    if (quote < 0) return json.length;
    let first = quote;
    while (json[first - 1] === BACKSLASH) first--;
    // An even number of backslashes: each pair is one character, and none is left for the quote.
    if ((quote - first) % 2 === 0) return quote + 1;
  }
}

function skipSpace(json: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = json[at];
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return at;
    at++;
  }
}
