import type { Content, ContentPart } from '../../core/index.ts';

/** Between texts that a client sent as blocks of their own. */
const BETWEEN = '\n\n';

/** Parts as a content: neighbouring texts become one, empty ones none, and text alone a string. */
export function contentOf(parts: readonly ContentPart[]): Content {
  const merged: ContentPart[] = [];
  let texts: string[] = [];
  const flush = () => {
    if (texts.length > 0) merged.push({ type: 'text', text: texts.join(BETWEEN) });
    texts = [];
  };
  for (const part of parts) {
    if (part.type !== 'text') {
      flush();
      merged.push(part);
    } else if (part.text !== '') texts.push(part.text);
  }
  flush();
  const [first] = merged;
  if (first === undefined) return '';
  return merged.length === 1 && first.type === 'text' ? first.text : merged;
}

/** Whether a content says nothing at all. */
export function isEmptyContent(content: Content): boolean {
  return content.length === 0;
}
