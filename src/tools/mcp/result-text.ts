import { isJsonObject } from '../../core/index.ts';
import { KeptText } from '../process/kept-text.ts';

/**
 * What a server gave back, as the text that the model reads; its middle is left out where it has more than `maxBytes`.
 * Pictures and sound are named, not shown.
 */
export function mcpResultText(result: Record<string, unknown>, maxBytes: number): string {
  const { content, structuredContent, toolResult } = result;
  const parts = Array.isArray(content) ? content : [];
  const texts = parts.map(partText);
  // Servers say the same once more as text, for clients that do not know structured content.
  const isSaid = parts.some((part) => isJsonObject(part) && saysSame(part['text'], structuredContent));
  if (structuredContent !== undefined && !isSaid) texts.push(JSON.stringify(structuredContent));
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

function saysSame(text: unknown, structured: unknown): boolean {
  if (typeof text !== 'string' || structured === undefined) return false;
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(structured);
  } catch {
    return false;
  }
}
