import { MAX_WRITTEN, tooLarge } from './change.ts';
import { nearMiss } from './near-miss.ts';

/** Places whose lines are named. */
const MAX_NAMED = 10;

/**
 * Replaces `before` by `after` in the text of a file. Line endings are those of the file whichever are given, and a BOM
 * stays. Throws a sentence that says how often `before` is there, or what comes near it. `name` is for that sentence.
 */
export function replaceText(
  text: string,
  before: string,
  after: string,
  all: boolean,
  name: string,
): { text: string; count: number } {
  const wanted = withoutReturns(before);
  if (wanted === '') throw new Error('old_text is empty. Give the text that is to be replaced.');
  if (wanted === withoutReturns(after))
    throw new Error('old_text and new_text are the same: nothing would change.');
  const { plain, original } = plainLines(text);
  const places = placesOf(plain, wanted);
  if (places.length === 0) {
    throw new Error(`old_text is not in ${name}. ${nearMiss(withoutMark(plain), wanted)}`);
  }
  if (places.length > 1 && !all) throw new Error(ambiguous(plain, places, name));
  const ending = usualEnding(text);
  const replacement = withoutReturns(after).replaceAll('\n', ending);
  // Asked first: a small text in many places can become longer than any string.
  if (text.length + places.length * (replacement.length - wanted.length) > MAX_WRITTEN) {
    throw tooLarge('The file would be');
  }
  const parts: string[] = [];
  let from = 0;
  for (const place of places) {
    parts.push(text.slice(from, original(place)), replacement);
    from = original(place + wanted.length);
  }
  return { text: parts.join('') + text.slice(from), count: places.length };
}

function withoutReturns(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '');
}

/** What most lines of a file end with. */
function usualEnding(text: string): '\r\n' | '\n' {
  const lines = text.split('\n').length - 1;
  const returns = text.split('\r\n').length - 1;
  return returns * 2 > lines ? '\r\n' : '\n';
}

/** The text with LF alone at the end of its lines, and where each of its characters stands in the original. */
function plainLines(text: string): { plain: string; original(position: number): number } {
  if (!text.includes('\r\n')) return { plain: text, original: (position) => position };
  // Where, in the plain text, each LF stands that had a CR before it.
  const returns: number[] = [];
  for (let at = text.indexOf('\r\n'); at >= 0; at = text.indexOf('\r\n', at + 2)) {
    returns.push(at - returns.length);
  }
  const original = (position: number): number => {
    let low = 0;
    let high = returns.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (returns[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return position + low;
  };
  return { plain: withoutReturns(text), original };
}

/** Where a text is, counted without overlaps. */
function placesOf(text: string, wanted: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) places.push(at);
  return places;
}

function ambiguous(text: string, places: readonly number[], name: string): string {
  const lines: number[] = [];
  let line = 1;
  let from = 0;
  for (const place of places.slice(0, MAX_NAMED)) {
    line += text.slice(from, place).split('\n').length - 1;
    from = place;
    lines.push(line);
  }
  const more = places.length > MAX_NAMED ? ', …' : '';
  return (
    `old_text is in ${name} ${places.length} times, at lines ${lines.join(', ')}${more}. ` +
    'Take in more lines around it so that it is there once, or set "all" to replace every one.'
  );
}
