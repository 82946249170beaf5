import { type Content, type ContentPart, isJsonObject } from '../../core/index.ts';
import { invalid, kindOf, unsupported, type Wire } from './request-field.ts';

/** What one message's `content` holds. */
export interface DecodedContent {
  readonly content: Content;
  /** Text of thinking parts, which some clients mix in; '' for none. */
  readonly reasoning: string;
}

/**
 * Reads a `content`: a string or an array of parts, as every role has it. Null and nothing are ''; whoever needs more
 * checks that before. `at` is its place in the request.
 */
export function decodeContent(wire: unknown, at: string): DecodedContent {
  if (typeof wire === 'string') return { content: wire, reasoning: '' };
  if (wire === undefined || wire === null) return { content: '', reasoning: '' };
  const entries = Array.isArray(wire) ? wire : isJsonObject(wire) ? [wire] : undefined;
  if (entries === undefined) {
    throw invalid(at, `must be a string or an array of parts, and is ${kindOf(wire)}`, 'Send its text.');
  }
  const parts: ContentPart[] = [];
  let reasoning = '';
  entries.forEach((entry: unknown, position) => {
    const place = `${at}[${position}]`;
    const thought = thoughtOf(entry);
    if (thought !== undefined) reasoning += thought;
    else parts.push(decodePart(entry, place));
  });
  const [only] = parts;
  if (only === undefined) return { content: '', reasoning };
  return { content: parts.length === 1 && only.type === 'text' ? only.text : parts, reasoning };
}

/** SGLang and Mistral take and give the reasoning as a part of the content. */
function thoughtOf(entry: unknown): string | undefined {
  if (!isJsonObject(entry)) return undefined;
  if (entry['type'] !== 'thinking' && entry['type'] !== 'reasoning') return undefined;
  const text = entry['thinking'] ?? entry['reasoning'] ?? entry['text'];
  return typeof text === 'string' ? text : '';
}

function decodePart(entry: unknown, at: string): ContentPart {
  if (typeof entry === 'string') return { type: 'text', text: entry };
  if (!isJsonObject(entry)) {
    throw invalid(at, `must be a content part, and is ${kindOf(entry)}`, 'Send {"type":"text","text":"…"}.');
  }
  const type = entry['type'] ?? ('text' in entry ? 'text' : undefined);
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return { type: 'text', text: textField(entry, 'text', at) };
    case 'refusal':
      return { type: 'text', text: textField(entry, 'refusal', at) };
    case 'image_url':
    case 'input_image':
      return { type: 'image', url: urlField(entry, 'image_url', at) };
    case 'video_url':
    case 'input_video':
      return { type: 'video', url: urlField(entry, 'video_url', at) };
    case 'input_audio':
      throw unsupported(at, 'is audio, which no Kimi model hears', 'Send a transcript as text.');
    case 'file':
    case 'input_file':
      throw unsupported(
        at,
        'is a file, which Kimi hosts do not read here',
        'Send its text, or its pages as images.',
      );
    default:
      throw invalid(
        at,
        typeof type === 'string'
          ? `has the unknown type ${JSON.stringify(type.slice(0, 40))}`
          : 'has no type',
        'Send parts of the types text, image_url and video_url.',
      );
  }
}

function textField(entry: Wire, field: string, at: string): string {
  const text = entry[field];
  if (typeof text === 'string') return text;
  throw invalid(`${at}.${field}`, `must be a string, and is ${kindOf(text)}`, 'Send the text of the part.');
}

/** `image_url: {url}`, or the bare address that some clients send. */
function urlField(entry: Wire, field: string, at: string): string {
  const value = entry[field];
  const url = isJsonObject(value) ? value['url'] : value;
  if (typeof url === 'string' && url !== '') return url;
  throw invalid(
    `${at}.${field}.url`,
    `must be an address, and is ${kindOf(url)}`,
    'Send a data: URL or an address.',
  );
}
