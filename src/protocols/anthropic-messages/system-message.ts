import { type Content, type ContentPart, Kept, markLasting, type SystemMessage } from '../../core/index.ts';
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
  const at = recent.findLastIndex((message) => isSame(message.content, content));
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

/** Texts that differ mostly differ in their length, so this is seldom more than a look; their JSON would be written each time. */
function isSame(one: Content, other: Content): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  return one.length === other.length && one.every((part, position) => isSamePart(part, other[position]!));
}

function isSamePart(one: ContentPart, other: ContentPart): boolean {
  return one.type === other.type && shownIn(one) === shownIn(other);
}

function sizeOf(content: Content): number {
  if (typeof content === 'string') return content.length;
  return content.reduce((size, part) => size + shownIn(part).length, 0);
}

function shownIn(part: ContentPart): string {
  return part.type === 'text' ? part.text : part.url;
}
