import type { DeclaredTools } from '../engine/declared-tools.ts';
import type { Machine } from '../engine/machine.ts';
import type { Marker, PARTIAL } from '../engine/markers.ts';

/**
 * A call that lost its opening markers on the way: `NAME:N`, of a declared tool, directly before an argument
 * marker (`header`) or before a JSON object (`object`).
 */
export interface Leak {
  readonly kind: 'header' | 'object';
  readonly id: string;
  /** Where the id begins, and where the arguments do (for a header: where its marker begins… and ends). */
  readonly from: number;
  readonly to: number;
  /** The object alone makes it a call; otherwise a call-end marker must follow. */
  readonly certain: boolean;
}

const PREFIX = 'functions.';
const PREFIX_START = PREFIX.charCodeAt(0);
const COLON = 58;
const MAX_GAP = 64;
const MAX_DIGITS = 12;

/** The first leaked call in `input` between `from` and `to`, where plain text ends and `next` follows. */
export function findLeak(
  input: string,
  from: number,
  to: number,
  next: Marker | typeof PARTIAL | undefined,
  before: string,
  machine: Machine,
): Leak | undefined {
  for (
    let colon = input.indexOf(':', from);
    colon >= 0 && colon < to;
    colon = input.indexOf(':', colon + 1)
  ) {
    const digitsEnd = endOfDigits(input, colon + 1, to);
    if (digitsEnd === colon + 1) continue;
    const start = startOfName(input, from, colon, before, machine.tools);
    if (start < 0) continue;
    const argumentsStart = endOfGap(input, digitsEnd, to);
    const id = input.slice(start, digitsEnd);
    if (argumentsStart === to) {
      if (typeof next === 'object' && next.kind === 'argument-begin') {
        return { kind: 'header', id, from: start, to: to + next.text.length, certain: true };
      }
    } else if (input[argumentsStart] === '{') {
      const certain =
        machine.channel !== 'reasoning' && id.startsWith(PREFIX) && argumentsStart === digitsEnd;
      return { kind: 'object', id, from: start, to: argumentsStart, certain };
    }
  }
  return undefined;
}

/** Whether the id of a declared tool stands in the text. */
export function hasId(text: string, tools: DeclaredTools): boolean {
  for (let colon = text.indexOf(':'); colon >= 0; colon = text.indexOf(':', colon + 1)) {
    const isIndexed = endOfDigits(text, colon + 1, text.length) > colon + 1;
    if (isIndexed && startOfName(text, 0, colon, '', tools) >= 0) return true;
  }
  return false;
}

/**
 * Where the tail of the text begins that may still become the id of a leaked call; `to` if none does.
 * `before` is the character before `from`, which was written already.
 */
export function heldTail(
  input: string,
  from: number,
  to: number,
  before: string,
  tools: DeclaredTools,
): number {
  const longest = PREFIX.length + tools.longestName + 1 + MAX_DIGITS + MAX_GAP;
  let start = Math.max(from, to - longest);
  // Only a gap that follows an id is held, so the search begins at the last word.
  let wordEnd = to;
  while (wordEnd > start && isSpace(input.charCodeAt(wordEnd - 1))) wordEnd--;
  if (wordEnd === start) return to;
  let wordStart = wordEnd;
  while (wordStart > start && !isSpace(input.charCodeAt(wordStart - 1))) wordStart--;
  start = wordStart;
  for (let at = start; at < wordEnd; at++) {
    const isPrefixed = input.charCodeAt(at) === PREFIX_START;
    const isNamed = tools.mayBegin(input.charCodeAt(at)) && isBoundary(input, at, from, before);
    if (!isPrefixed && !isNamed) continue;
    if (mayBecomeId(input.slice(at, wordEnd), wordEnd < to, isNamed, tools)) return at;
  }
  return to;
}

/** `word` is followed by a gap: then its id must be whole. */
function mayBecomeId(word: string, gap: boolean, boundary: boolean, tools: DeclaredTools): boolean {
  if (word.length < PREFIX.length) {
    if (!gap && PREFIX.startsWith(word)) return true;
  } else if (word.startsWith(PREFIX)) return isIdBeginning(word.slice(PREFIX.length), gap, tools);
  return boundary && isIdBeginning(word, gap, tools);
}

function isIdBeginning(word: string, gap: boolean, tools: DeclaredTools): boolean {
  if (!gap && tools.hasPrefix(word)) return true;
  const colon = word.lastIndexOf(':');
  if (colon < 0) return false;
  if (!tools.has(word.slice(0, colon))) return false;
  const digits = word.length - colon - 1;
  return (
    digits <= MAX_DIGITS && endOfDigits(word, colon + 1, word.length) === word.length && (!gap || digits > 0)
  );
}

/** Where the declared name that ends at `colon` begins, its `functions.` included, or -1. */
function startOfName(
  input: string,
  from: number,
  colon: number,
  before: string,
  tools: DeclaredTools,
): number {
  const first = Math.max(from, colon - tools.longestName);
  let best = -1;
  for (let at = colon - 1; at >= first; at--) {
    if (isSpace(input.charCodeAt(at))) break;
    if (!tools.has(input.slice(at, colon))) continue;
    if (at - PREFIX.length >= from && input.startsWith(PREFIX, at - PREFIX.length)) best = at - PREFIX.length;
    else if (isBoundary(input, at, from, before)) best = at;
  }
  return best;
}

/** Whether a bare name may begin here: not in the middle of a word. */
function isBoundary(input: string, at: number, from: number, before: string): boolean {
  const previous = at > from ? input[at - 1]! : before;
  return previous === '' || !/[\p{L}\p{N}_-]/u.test(previous);
}

function endOfDigits(input: string, from: number, to: number): number {
  let at = from;
  while (at < to && input.charCodeAt(at) >= 48 && input.charCodeAt(at) < COLON) at++;
  return at;
}

function endOfGap(input: string, from: number, to: number): number {
  const limit = Math.min(to, from + MAX_GAP);
  let at = from;
  while (at < limit && isSpace(input.charCodeAt(at))) at++;
  return at;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
