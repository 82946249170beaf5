import { type Content, type ContentPart, textOf } from '../../core/index.ts';

/** Whether a content says nothing: no media, and no text but white space. */
export function isBlank(content: Content): boolean {
  if (typeof content === 'string') return content.trim() === '';
  return content.every((part) => part.type === 'text') && textOf(content).trim() === '';
}

/** Without the blank texts beside media, which hosts refuse; the same content where there are none. */
export function tidied(content: Content): Content {
  if (typeof content === 'string' || !content.some(isBlankText)) return content;
  if (content.every((part) => part.type === 'text')) return content;
  return content.filter((part) => !isBlankText(part));
}

/** A content with a text in front. */
export function withText(text: string, content: Content): Content {
  return typeof content === 'string' ? text + content : [{ type: 'text', text }, ...content];
}

function isBlankText(part: ContentPart): boolean {
  return part.type === 'text' && part.text.trim() === '';
}
