import { Kept, markLasting, type SystemMessage } from '../../core/index.ts';
import { contentOf, isEmptyContent } from './content-parts.ts';
import { decodeParts } from './decode-parts.ts';

/** Claude Code puts this before its prompt: it is for Anthropic's bills and changes, which no prompt cache survives. */
const BILLING = /^x-anthropic-billing-header:/;

/** Prompts that are kept, and the characters that one may have for that. */
const MOST = 64;
const LONGEST = 100_000;

/** By their JSON, in the order of use, the latest last. */
const recent = new Map<string, SystemMessage>();
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
  const key = JSON.stringify(content);
  let message = recent.get(key);
  if (message === undefined) {
    message = { role: 'system', content };
    if (key.length > LONGEST) return message;
    markLasting(message);
  } else recent.delete(key);
  recent.set(key, message);
  const [oldest] = recent.keys();
  if (recent.size > MOST && oldest !== undefined) recent.delete(oldest);
  return message;
}
