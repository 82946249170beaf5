import { isJsonObject } from '../../core/index.ts';
import { KeptText } from '../process/kept-text.ts';

/** Values of structured content that are looked for in the text, and characters of a text in which they are. */
const MOST_COMPARED = 1000;
const LONGEST_COMPARED = 200_000;

/**
 * What a server gave back, as the text that the model reads; its middle is left out where it has more than `maxBytes`.
 * Pictures and sound are named, not shown.
 */
export function mcpResultText(result: Record<string, unknown>, maxBytes: number): string {
  const { content, structuredContent, toolResult } = result;
  const parts = Array.isArray(content) ? content : [];
  const texts = parts.map(partText);
  if (structuredContent !== undefined && !isSaid(texts.join('\n'), structuredContent)) {
    texts.push(JSON.stringify(structuredContent));
  }
  if (texts.length === 0 && toolResult !== undefined) texts.push(JSON.stringify(toolResult));
  const kept = new KeptText(maxBytes);
  kept.push(Buffer.from(texts.join('\n')));
  return kept.text;
}

function partText(part: unknown): string {
  if (!isJsonObject(part)) return JSON.stringify(part);
  const { type, text, data, mimeType, resource, uri, name } = part;
  if (type === 'text' && typeof text === 'string') return text;
  if (type === 'image' || type === 'audio') return `[${type} ${mimeType}, ${sizeOf(data)}: not shown]`;
  if (type === 'resource_link') return `[resource ${uri}${name === undefined ? '' : `: ${name}`}]`;
  if (type === 'resource' && isJsonObject(resource)) {
    const head = `[resource ${resource['uri']}]`;
    if (typeof resource['text'] === 'string') return `${head}\n${resource['text']}`;
    return `${head} [${resource['mimeType'] ?? 'binary'}, ${sizeOf(resource['blob'])}: not shown]`;
  }
  return JSON.stringify(part);
}

function sizeOf(base64: unknown): string {
  return typeof base64 === 'string' ? `${Math.floor((base64.length * 3) / 4)} bytes` : 'of no known size';
}

/**
 * Whether a text says what structured content says: most servers give both, for clients that know the one or the other,
 * and a model should not pay for it twice.
 */
function isSaid(text: string, structured: unknown): boolean {
  const said = (part: unknown): boolean => {
    if (typeof part === 'object' && part !== null) return Object.values(part).every(said);
    return --left >= 0 && text.includes(typeof part === 'string' ? part : JSON.stringify(part));
  };
  let left = MOST_COMPARED;
  return text !== '' && text.length <= LONGEST_COMPARED && (sameJson(text, structured) || said(structured));
}

function sameJson(text: string, value: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(value);
  } catch {
    return false;
  }
}
