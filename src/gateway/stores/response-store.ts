import type { Message } from '../../core/index.ts';
import type { ResponsesReply } from '../../protocols/index.ts';
import { ConversationChain } from './conversation-chain.ts';
import { sizeOf } from './size-of.ts';

/** Bytes that an answer and its places in the indexes take, whatever is in it. */
const ANSWER_BYTES = 500;

/** A response to keep. */
export interface StoredResponse {
  /** As the client got it; `id` names it, and its items can be referred to. */
  readonly response: Record<string, unknown>;
  /** What was decoded from its request. */
  readonly reply: Pick<ResponsesReply, 'previousResponseId' | 'recalled' | 'added' | 'inputItems'>;
  /** The answer as `storedConversation` gives it; undefined when it was no message. */
  readonly answer: Message | undefined;
}

/** A response as another store kept it. */
export interface KeptResponse extends Pick<StoredResponse, 'response'> {
  readonly inputItems: readonly Record<string, unknown>[];
  /** What each response of the conversation added to it, the oldest first, this one last. */
  readonly added: readonly (readonly Message[])[];
}

export interface ResponseStoreOptions {
  readonly bytes: number;
  readonly nameOf?: (tenant: string, id: string) => string;
}

/** The items of an answer. */
interface Answer {
  readonly output: readonly Record<string, unknown>[];
  readonly bytes: number;
  readonly itemKeys: readonly string[];
}

/** What was asked, tools and all, and what can be gone on with. */
interface Conversation {
  readonly response: Record<string, unknown>;
  readonly inputItems: readonly Record<string, unknown>[];
  readonly chain: ConversationChain;
  /** Without those of the chain. */
  readonly bytes: number;
}

/**
 * Keeps responses in memory, the most recently used ones in `bytes` (about: what they hold is counted, not what an
 * engine adds). Conversations, and the requests that they answer, make room before the items of answers do: clients
 * that refer to items do so with each request, for hours, and send the rest anyway. A conversation that goes on by
 * `previous_response_id` shares what came before, so that it costs each message once. What is deleted or pushed out
 * can no longer be asked for, and what was built on it stays whole. No tenant sees another's.
 */
export class ResponseStore {
  readonly #limit: number;
  readonly #nameOf: (tenant: string, id: string) => string;
  #bytes = 0;
  /** By tenant and id, the least recently used first; so are the conversations. */
  readonly #answers = new Map<string, Answer>();
  readonly #conversations = new Map<string, Conversation>();
  /** The answer that an output item stands in. */
  readonly #items = new Map<string, string>();

  /**
   * `bytes`: what all tenants' responses may take together. `nameOf`: the name of a response, unambiguous whatever a tenant is
   * called.
   */
  constructor({ bytes, nameOf = keyOf }: ResponseStoreOptions) {
    this.#limit = bytes;
    this.#nameOf = nameOf;
  }

  /** What is kept, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a response. Of one that is larger than all the room, no more is kept than fits. */
  put(tenant: string, stored: StoredResponse): void {
    const key = this.learnAnswer(tenant, stored.response);
    if (key === undefined) return;
    this.#keepConversation(key, tenant, stored);
    this.#makeRoom();
  }

  /** Keeps a response and its conversation, without what is larger than all the room. */
  learn(tenant: string, { response, inputItems, added }: KeptResponse): void {
    const key = this.learnAnswer(tenant, response);
    if (key === undefined) return;
    let chain: ConversationChain | undefined;
    for (const messages of added) {
      const parent: ConversationChain | undefined = chain;
      chain = new ConversationChain(messages, parent);
      this.#bytes += chain.bytes;
      // It is the next one's now.
      if (parent) this.#bytes -= parent.release();
    }
    if (chain) this.#addConversation(key, { response, inputItems, chain }, chain.totalBytes);
    this.#makeRoom();
  }

  /** Keeps the answer of a response, so that its items can be referred to. Gives its name; undefined: it is too large. */
  learnAnswer(tenant: string, response: Record<string, unknown>): string | undefined {
    const { id, output } = response;
    const key = this.#nameOf(tenant, String(id));
    this.#remove(key);
    const items = Array.isArray(output) ? (output as Record<string, unknown>[]) : [];
    const itemKeys = items.map((item) => keyOf(tenant, String(item['id'])));
    const bytes = ANSWER_BYTES + sizeOf(items) + 100 * itemKeys.length;
    if (bytes > this.#limit) return undefined;
    this.#answers.set(key, { output: items, bytes, itemKeys });
    for (const itemKey of itemKeys) this.#items.set(itemKey, key);
    this.#bytes += bytes;
    return key;
  }

  /** What there is of a response. */
  holds(tenant: string, responseId: string): 'conversation' | 'answer' | 'nothing' {
    const key = this.#nameOf(tenant, responseId);
    if (this.#conversations.has(key)) return 'conversation';
    return this.#answers.has(key) ? 'answer' : 'nothing';
  }

  /** The response as the client got it. */
  get(tenant: string, responseId: string): Record<string, unknown> | undefined {
    return used(this.#conversations, this.#nameOf(tenant, responseId))?.response;
  }

  /** The conversation that ended with a response, its own answer included. */
  recall(tenant: string, responseId: string): readonly Message[] | undefined {
    return used(this.#conversations, this.#nameOf(tenant, responseId))?.chain.messages();
  }

  /** An output item of a kept response. */
  recallItem(tenant: string, itemId: string): Record<string, unknown> | undefined {
    const key = this.#items.get(keyOf(tenant, itemId));
    const answer = key === undefined ? undefined : used(this.#answers, key);
    return answer?.output.find((item) => item['id'] === itemId);
  }

  /** The items of the request that a response answered, the oldest first. */
  inputItems(tenant: string, responseId: string): readonly Record<string, unknown>[] | undefined {
    return used(this.#conversations, this.#nameOf(tenant, responseId))?.inputItems;
  }

  /** Forgets a response; false if there was none. */
  delete(tenant: string, responseId: string): boolean {
    return this.#remove(this.#nameOf(tenant, responseId));
  }

  /** Forgets the response of a name; false if there was none. */
  forget(name: string): boolean {
    return this.#remove(name);
  }

  #keepConversation(key: string, tenant: string, { response, reply, answer }: StoredResponse): void {
    const { previousResponseId, recalled, added, inputItems } = reply;
    const own = answer ? [...added, answer] : added;
    const parent =
      previousResponseId === undefined
        ? undefined
        : this.#conversations.get(this.#nameOf(tenant, previousResponseId))?.chain;
    // The one before may have been pushed out while this one was answered.
    const chain = new ConversationChain(parent ? own : [...recalled, ...own], parent);
    this.#bytes += chain.bytes;
    this.#addConversation(key, { response, inputItems, chain }, chain.bytes);
  }

  /** Without those that would push out all others and not fit even then. `chainBytes`: of what only this one holds. */
  #addConversation(key: string, added: Omit<Conversation, 'bytes'>, chainBytes: number): void {
    const { response, inputItems } = added;
    const bytes = sizeOf(inputItems) + sizeOf({ ...response, output: null });
    this.#conversations.set(key, { ...added, bytes });
    this.#bytes += bytes;
    if (bytes + chainBytes > this.#limit) this.#dropConversation(key);
  }

  #makeRoom(): void {
    for (const key of this.#conversations.keys()) {
      if (this.#bytes <= this.#limit) return;
      this.#dropConversation(key);
    }
    for (const key of this.#answers.keys()) {
      if (this.#bytes <= this.#limit) return;
      this.#remove(key);
    }
  }

  #dropConversation(key: string): void {
    const conversation = this.#conversations.get(key);
    if (!conversation) return;
    this.#conversations.delete(key);
    this.#bytes -= conversation.bytes + conversation.chain.release();
  }

  #remove(key: string): boolean {
    const answer = this.#answers.get(key);
    if (!answer) return false;
    this.#dropConversation(key);
    this.#answers.delete(key);
    for (const itemKey of answer.itemKeys) {
      if (this.#items.get(itemKey) === key) this.#items.delete(itemKey);
    }
    this.#bytes -= answer.bytes;
    return true;
  }
}

/** Unambiguous whatever a tenant is called. */
const keyOf = (tenant: string, id: string): string => `${tenant.length}:${tenant}${id}`;

/** The value, now the most recently used. */
function used<Value>(map: Map<string, Value>, key: string): Value | undefined {
  const value = map.get(key);
  if (value === undefined) return undefined;
  map.delete(key);
  map.set(key, value);
  return value;
}
