import { type Content, Kept, markLasting, type SystemMessage, sameContent } from '../../core/index.ts';
import { contentOf, isEmptyContent } from './content-parts.ts';
import { decodeParts } from './decode-parts.ts';

/** Claude Code puts this before its prompt: it is for Anthropic's bills and changes, which no prompt cache survives. */
const BILLING = /^x-anthropic-billing-header:/;

/** Prompts that are kept, and the characters that one may have for that. */
const MOST = 64;
const LONGEST = 100_000;

/** In the order of use, the latest last. */
const recent: SystemMessage[] = [];
/** By the very list of blocks: it need not be read to be known. */
const known = new Kept<readonly unknown[], { readonly message: SystemMessage | undefined }>();

/**
 * What `system` says. The same object where the same was said lately, whatever it came in: what is known of a conversation is
 * known by what stands before it, and this stands before all. undefined: nothing.
 */
export function systemMessage(system: unknown): SystemMessage | undefined {
  if (!Array.isArray(system)) return messageOf(system);
  return (known.get(system) ?? known.set(system, { message: messageOf(system) })).message;
}

function messageOf(system: unknown): SystemMessage | undefined {
  const parts = decodeParts(system, 'system');
  const content = contentOf(parts.filter((part) => part.type !== 'text' || !BILLING.test(part.text)));
  if (isEmptyContent(content)) return undefined;
  const at = recent.findLastIndex((message) => sameContent(message.content, content));
  if (at >= 0) {
    const [message] = recent.splice(at, 1);
    recent.push(message!);
    return message;
  }
  const message: SystemMessage = { role: 'system', content };
  if (sizeOf(content) > LONGEST) return message;
  recent.push(markLasting(message));
  if (recent.length > MOST) recent.shift();
  return message;
}

function sizeOf(content: Content): number {
  if (typeof content === 'string') return content.length;
  return content.reduce((size, part) => size + (part.type === 'text' ? part.text : part.url).length, 0);
}
