import type { Message } from '../core/index.ts';
import type { ResponsesReply } from '../protocols/index.ts';
import { sizeOf } from './size-of.ts';

/** Bytes that an entry and its places in the indexes take, whatever is in it. */
const ENTRY_BYTES = 500;

/** A response to keep. */
export interface StoredResponse {
  /** As the client got it; `id` names it, and its items can be referred to. */
  readonly response: Record<string, unknown>;
  /** What was decoded from its request. */
  readonly reply: Pick<ResponsesReply, 'previousResponseId' | 'recalled' | 'added' | 'inputItems'>;
  /** The answer as `storedAnswer` makes it; undefined when it was no message. */
  readonly answer: Message | undefined;
}

/** What one response added to a conversation. It lives as long as it is stored or another one builds on it. */
interface Link {
  readonly parent: Link | undefined;
  readonly messages: readonly Message[];
  readonly bytes: number;
  users: number;
}

interface Entry {
  readonly response: Record<string, unknown>;
  readonly inputItems: readonly Record<string, unknown>[];
  readonly link: Link;
  readonly bytes: number;
  readonly itemKeys: readonly string[];
}

/**
 * Keeps responses in memory, the most recently used ones in `bytes` (about: strings are counted, not headers). A
 * conversation that goes on by `previous_response_id` shares what came before, so that it costs each message once.
 * What is deleted or pushed out can no longer be asked for, and what was built on it stays whole. No tenant sees
 * another's.
 */
export class ResponseStore {
  readonly #limit: number;
  #bytes = 0;
  /** By tenant and id, the least recently used first. */
  readonly #entries = new Map<string, Entry>();
  /** The entry that an output item stands in. */
  readonly #items = new Map<string, string>();

  /** `bytes`: what all tenants' responses may take together. */
  constructor(options: { readonly bytes: number }) {
    this.#limit = options.bytes;
  }

  /** What is kept, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a response; one that is larger than all the room is not kept. */
  put(tenant: string, { response, reply, answer }: StoredResponse): void {
    const key = keyOf(tenant, String(response['id']));
    this.#remove(key);
    const itemKeys = outputItems(response).map((item) => keyOf(tenant, String(item['id'])));
    const bytes = ENTRY_BYTES + sizeOf(response) + sizeOf(reply.inputItems) + 100 * itemKeys.length;
    const link = this.#link(tenant, reply, answer);
    this.#entries.set(key, { response, inputItems: reply.inputItems, link, bytes, itemKeys });
    for (const itemKey of itemKeys) this.#items.set(itemKey, key);
    this.#bytes += bytes;
    // It would push out all others and not fit even then.
    if (bytes + link.bytes > this.#limit) this.#remove(key);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.#remove(oldest);
    }
  }

  /** The response as the client got it. */
  get(tenant: string, responseId: string): Record<string, unknown> | undefined {
    return this.#use(keyOf(tenant, responseId))?.response;
  }

  /** The conversation that ended with a response, its own answer included. */
  recall(tenant: string, responseId: string): readonly Message[] | undefined {
    const entry = this.#use(keyOf(tenant, responseId));
    if (!entry) return undefined;
    const parts: (readonly Message[])[] = [];
    for (let link: Link | undefined = entry.link; link; link = link.parent) parts.push(link.messages);
    return parts.reverse().flat();
  }

  /** An output item of a kept response. */
  recallItem(tenant: string, itemId: string): Record<string, unknown> | undefined {
    const key = this.#items.get(keyOf(tenant, itemId));
    const entry = key === undefined ? undefined : this.#use(key);
    return entry && outputItems(entry.response).find((item) => item['id'] === itemId);
  }

  /** The items of the request that a response answered, the oldest first. */
  inputItems(tenant: string, responseId: string): readonly Record<string, unknown>[] | undefined {
    return this.#use(keyOf(tenant, responseId))?.inputItems;
  }

  /** Forgets a response; false if there was none. */
  delete(tenant: string, responseId: string): boolean {
    return this.#remove(keyOf(tenant, responseId));
  }

  #use(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  #link(tenant: string, reply: StoredResponse['reply'], answer: Message | undefined): Link {
    const { previousResponseId } = reply;
    const parent =
      previousResponseId === undefined
        ? undefined
        : this.#entries.get(keyOf(tenant, previousResponseId))?.link;
    const own = answer ? [...reply.added, answer] : reply.added;
    // The one before may have been pushed out while this one was answered.
    const messages = parent ? own : [...reply.recalled, ...own];
    const bytes = sizeOf(messages);
    if (parent) parent.users++;
    this.#bytes += bytes;
    return { parent, messages, bytes, users: 1 };
  }

  #remove(key: string): boolean {
    const entry = this.#entries.get(key);
    if (!entry) return false;
    this.#entries.delete(key);
    for (const itemKey of entry.itemKeys) {
      if (this.#items.get(itemKey) === key) this.#items.delete(itemKey);
    }
    this.#bytes -= entry.bytes;
    for (let link: Link | undefined = entry.link; link && --link.users === 0; link = link.parent) {
      this.#bytes -= link.bytes;
    }
    return true;
  }
}

/** Unambiguous whatever a tenant is called. */
const keyOf = (tenant: string, id: string): string => `${tenant.length}:${tenant}${id}`;

function outputItems(response: Record<string, unknown>): Record<string, unknown>[] {
  const { output } = response;
  return Array.isArray(output) ? (output as Record<string, unknown>[]) : [];
}
