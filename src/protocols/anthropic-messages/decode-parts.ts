import { type ContentPart, isJsonObject } from '../../core/index.ts';
import { describeBlock } from './describe-block.ts';
import { invalidField, objectAt, optionalString, textIn, type Wire } from './wire-reading.ts';

/** Characters of a title that are shown. */
const LONGEST_TITLE = 200;

/**
 * The content of a message or of a tool's result as parts; `place` is where it stands. Throws `invalid-request` for
 * what is no content at all; blocks that cannot be shown become a text that says so.
 */
export function decodeParts(content: unknown, place: string): ContentPart[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw invalidField(place, 'be a string or a list of blocks');
  return content.flatMap((entry: unknown, position) => {
    const at = `${place}[${position}]`;
    return typeof entry === 'string' ? [text(entry)] : decodePart(objectAt(entry, at), at);
  });
}

/** The parts that one block of a message is. */
export function decodePart(block: Wire, place: string): ContentPart[] {
  switch (block['type']) {
    case 'text':
      return [text(requiredText(block, 'text', place))];
    case 'image':
      return [decodeImage(objectAt(block['source'], `${place}.source`), place)];
    case 'document':
      return decodeDocument(block, place);
    default: {
      if (typeof block['type'] !== 'string') throw invalidField(`${place}.type`, 'be a string');
      const said = describeBlock(block, place);
      return said === '' ? [] : [text(said)];
    }
  }
}

function decodeImage(source: Wire, place: string): ContentPart {
  switch (source['type']) {
    case 'base64': {
      const kind = optionalString(source, 'media_type', `${place}.source.media_type`) ?? 'image/png';
      return { type: 'image', url: `data:${kind};base64,${requiredText(source, 'data', `${place}.source`)}` };
    }
    case 'url':
      return { type: 'image', url: requiredText(source, 'url', `${place}.source`) };
    default:
      return text('[An image was left out: uploaded files cannot be read here. Send it as base64 data.]');
  }
}

/** Kimi reads no PDF (Moonshot answers 400 to one), and a 400 in the middle of a session would end it. */
function decodeDocument(block: Wire, place: string): ContentPart[] {
  const source = objectAt(block['source'], `${place}.source`);
  const title = textIn(block['title']).slice(0, LONGEST_TITLE);
  const context = textIn(block['context']);
  const named = title === '' ? 'A document' : `The document "${title}"`;
  const unread = (why: string) => [text(`[${named} was left out: ${why}. Ask for its text instead.]`)];
  const head = [
    ...(title === '' ? [] : [text(`Document: ${title}`)]),
    ...(context === '' ? [] : [text(context)]),
  ];
  switch (source['type']) {
    case 'text':
      return [...head, text(requiredText(source, 'data', `${place}.source`))];
    case 'content':
      return [...head, ...decodeParts(withoutDocuments(source['content']), `${place}.source.content`)];
    case 'base64':
      return unread('this model cannot read PDF files');
    case 'url':
      return unread('documents are not fetched from the web here');
    default:
      return unread('uploaded files cannot be read here');
  }
}

/** The protocol knows no document in a document, and nothing may nest for ever. */
function withoutDocuments(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content.filter((block: unknown) => !isJsonObject(block) || block['type'] !== 'document');
}

function requiredText(wire: Wire, field: string, place: string): string {
  const value = wire[field];
  if (typeof value === 'string') return value;
  throw invalidField(`${place}.${field}`, 'be a string');
}

function text(said: string): ContentPart {
  return { type: 'text', text: said };
}
