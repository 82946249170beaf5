import { parseJson } from '../../core/index.ts';

/** Deeper than any tool's arguments; hostile ones must not exhaust the stack. */
const DEEPEST = 100;

/**
 * A text that is the same for all spellings of one JSON value, whatever the order of its keys, its spacing and its escapes;
 * what is no JSON, or too deep, is its own trimmed text. It is not JSON itself: strings carry their length instead of escapes.
 */
export function canonicalJson(text: string): string {
  const value = parseJson(text);
  const written = value === undefined ? undefined : write(value, 0);
  return written ?? `!${text.trim()}`;
}

function write(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return `"${value.length}:${value}`;
  if (typeof value !== 'object' || value === null) return `${value},`;
  if (depth >= DEEPEST) return undefined;
  if (Array.isArray(value)) {
    let text = '[';
    for (const item of value) {
      const written = write(item, depth + 1);
      if (written === undefined) return undefined;
      text += written;
    }
    return `${text}]`;
  }
  let text = '{';
  for (const name of Object.keys(value).sort()) {
    const written = write((value as Record<string, unknown>)[name], depth + 1);
    if (written === undefined) return undefined;
    text += `"${name.length}:${name}${written}`;
  }
  return `${text}}`;
}
