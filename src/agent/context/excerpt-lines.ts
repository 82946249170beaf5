/**
 * The head and the tail of a long text, cut at line ends where there are any near, and what stands between them.
 * Characters of the text itself; the tail gets a third.
 */
export function headAndTail(
  text: string,
  characters: number,
): { head: string; tail: string; omitted: number } {
  const tailLength = Math.floor(characters / 3);
  const head = headOf(text, characters - tailLength);
  const tail = tailOf(text, tailLength);
  return { head, tail, omitted: text.length - head.length - tail.length };
}

/** The beginning of a text; it ends with a line if one ends in its last quarter, and never inside a surrogate pair. */
export function headOf(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const lineEnd = text.lastIndexOf('\n', characters - 1) + 1;
  const end = lineEnd > characters * 0.75 ? lineEnd : characters;
  return text.slice(0, isInsidePair(text, end) ? end - 1 : end);
}

function tailOf(text: string, characters: number): string {
  const earliest = text.length - characters;
  const lineStart = text.indexOf('\n', earliest - 1) + 1;
  const start = lineStart > 0 && lineStart < earliest + characters / 4 ? lineStart : earliest;
  return text.slice(isInsidePair(text, start) ? start + 1 : start);
}

/** Half of a pair may be refused by a host for as long as it stands in the history. */
export function isInsidePair(text: string, position: number): boolean {
  const before = text.charCodeAt(position - 1);
  const behind = text.charCodeAt(position);
  return before >= 0xd800 && before < 0xdc00 && behind >= 0xdc00 && behind < 0xe000;
}
