import { type Content, type ContentPart, isJsonObject } from '../../core/index.ts';
import { invalid, unsupported } from './fields.ts';
import type { Item } from './reply.ts';

/**
 * The content of a message, or the output of a call. `left` is told of what could not be carried over. Throws
 * `invalid-request`, and `gateway-unsupported` for media that another model cannot be given.
 */
export function decodeContent(content: unknown, at: string, left: (what: string) => void): Content {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) {
    throw invalid(at, `\`${at}\` must be a string or an array of parts.`);
  }
  const parts: ContentPart[] = [];
  content.forEach((part: unknown, index) => {
    const decoded = decodePart(part, `${at}[${index}]`, left);
    if (decoded) parts.push(decoded);
  });
  const [only] = parts;
  if (only === undefined) return '';
  return parts.length === 1 && only.type === 'text' ? only.text : parts;
}

function decodePart(part: unknown, at: string, left: (what: string) => void): ContentPart | undefined {
  if (typeof part === 'string') return { type: 'text', text: part };
  if (!isJsonObject(part)) throw invalid(at, `\`${at}\` must be an object.`);
  const type = part['type'];
  switch (type) {
    case 'input_image':
    case 'image_url':
    case 'computer_screenshot':
      return decodeImage(part, at);
    case 'input_video':
    case 'video_url':
      return { type: 'video', url: urlOf(part['video_url'], `${at}.video_url`) };
    case 'input_audio':
      throw unsupported(
        at,
        'The model cannot hear: `input_audio` cannot be sent to it.',
        'Send a transcript.',
      );
    case 'input_file':
    case 'file': {
      const { filename } = part;
      const name = typeof filename === 'string' && filename !== '' ? ` ${JSON.stringify(filename)}` : '';
      left('a file: the model reads no files');
      return { type: 'text', text: `[A file${name} was attached here; it cannot be shown to you.]` };
    }
    default: {
      const text = part['text'] ?? part['refusal'];
      if (typeof text === 'string') return { type: 'text', text };
      left(`a content part of the type \`${String(type).slice(0, 100)}\``);
      return undefined;
    }
  }
}

function decodeImage(part: Item, at: string): ContentPart {
  const url = part['image_url'] ?? undefined;
  if (url === undefined && typeof part['file_id'] === 'string') {
    throw unsupported(
      `${at}.file_id`,
      'Files that were uploaded to OpenAI cannot be read here.',
      'Send the image in `image_url`, as a data: URL.',
    );
  }
  return { type: 'image', url: urlOf(url, `${at}.image_url`) };
}

function urlOf(value: unknown, at: string): string {
  const url = isJsonObject(value) ? value['url'] : value;
  if (typeof url !== 'string' || url === '') throw invalid(at, `\`${at}\` must be a URL.`);
  return url;
}
