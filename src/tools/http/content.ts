import { htmlToText } from './html-text.ts';
import { withoutControls } from './windows-1252.ts';

/** Levels of JSON that are indented; deeper ones would be mostly white space. */
const MAX_INDENTED = 50;
/** Where a page may say its character set in itself. */
const SNIFFED = 2048;

const TEXT_TYPES =
  /^(text\/.+|application\/(json|xml|javascript|ecmascript|xhtml\+xml|yaml|x-yaml|toml|ndjson|x-ndjson|jsonl|x-www-form-urlencoded|graphql|sql|x-sh|x-javascript)|[^/]+\/[^/]+\+(json|xml|yaml))$/;

/** The type alone, as in `text/html`; empty when the server names none. */
export function typeOf(contentType: string): string {
  return contentType.split(';', 1)[0]!.trim().toLowerCase();
}

/** Whether a type is text, as far as its name tells; a missing one is judged by the bytes. */
export function isTextType(type: string): boolean {
  return type === '' || TEXT_TYPES.test(type);
}

/** The bytes as text, by the character set that the server or the page names. */
export function decode(bytes: Buffer, contentType: string, more: boolean): string {
  if (typeOf(contentType) === '') return withoutType(bytes, more);
  const head = bytes.subarray(0, SNIFFED).toString('latin1');
  const named =
    /charset\s*=\s*"?([\w:.-]{1,40})/i.exec(contentType)?.[1] ??
    /<meta\s[^>]{0,200}charset\s*=\s*["']?([\w:.-]{1,40})/i.exec(head)?.[1] ??
    /^<\?xml\s[^>]{0,100}encoding\s*=\s*["']([\w:.-]{1,40})/.exec(head)?.[1];
  const decoder = decoderOf(bytes, named);
  const text = decoder.decode(bytes, { stream: more });
  return decoder.encoding === 'windows-1252' ? withoutControls(text) : text;
}

function decoderOf(bytes: Buffer, named = 'utf-8') {
  const mark = bytes.length > 1 ? bytes.readUInt16BE(0) : 0;
  const label = mark === 0xfeff ? 'utf-16be' : mark === 0xfffe ? 'utf-16le' : named;
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}

function withoutType(bytes: Buffer, more: boolean): string {
  try {
    if (!bytes.includes(0)) return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: more });
  } catch {
    // What is no UTF-8 is refused below.
  }
  throw new Error('The answer names no content type and is no text.');
}

/** What is shown of a text: HTML reduced to what can be read, JSON indented, the rest as it is. */
export function readable(text: string, type: string, url: URL): { text: string; title?: string } {
  if (type === 'text/html' || type === 'application/xhtml+xml') return htmlToText(text, url);
  if (/[/+]json$/.test(type)) return { text: indented(text) };
  return { text };
}

function indented(text: string): string {
  if (depthOf(text) > MAX_INDENTED) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** How deep brackets stand in each other, at least; those in strings count too. */
function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '[' || character === '{') most = Math.max(most, ++depth);
    else if ((character === ']' || character === '}') && depth > 0) depth--;
  }
  return most;
}
