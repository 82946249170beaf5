import type { Message } from '../../core/index.ts';
import { sizeOf } from './size-of.ts';

/** A conversation as what was added to another. It stays as long as it, or one that was built on it, is in use. */
export class ConversationChain {
  /** What the own messages take. */
  readonly bytes: number;
  readonly #messages: readonly Message[];
  readonly #parent: ConversationChain | undefined;
  #users = 1;

  constructor(messages: readonly Message[], parent: ConversationChain | undefined) {
    this.#messages = messages;
    this.#parent = parent;
    this.bytes = sizeOf(messages);
    if (parent) parent.#users++;
  }

  /** What all messages take. */
  get totalBytes(): number {
    let bytes = 0;
    for (let chain: ConversationChain | undefined = this; chain; chain = chain.#parent) bytes += chain.bytes;
    return bytes;
  }

  /** All messages, the oldest first. */
  messages(): readonly Message[] {
    const parts: (readonly Message[])[] = [];
    for (let chain: ConversationChain | undefined = this; chain; chain = chain.#parent) {
      parts.push(chain.#messages);
    }
    return parts.reverse().flat();
  }

  /** Ends one use; gives the bytes that became free, those of what it was built on included. */
  release(): number {
    let freed = 0;
    for (
      let chain: ConversationChain | undefined = this;
      chain && --chain.#users === 0;
      chain = chain.#parent
    ) {
      freed += chain.bytes;
    }
    return freed;
  }
}
