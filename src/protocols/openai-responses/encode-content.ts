import type { Content, ContentPart } from '../../core/index.ts';
import type { Item } from './reply.ts';

/** The content of a user's message as the parts of an input item. */
export function encodeContent(content: Content): Item[] {
  return typeof content === 'string' ? [{ type: 'input_text', text: content }] : content.map(encodePart);
}

function encodePart(part: ContentPart): Item {
  switch (part.type) {
    case 'text':
      return { type: 'input_text', text: part.text };
    case 'image':
      return { type: 'input_image', image_url: part.url, detail: 'auto' };
    case 'video':
      return { type: 'input_video', video_url: part.url };
    default:
      return part satisfies never;
  }
}
