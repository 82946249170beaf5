import { hash } from 'node:crypto';
import { type Content, type Message, textOf } from '../../core/index.ts';
import { canonicalJson } from './canonical-json.ts';

interface Call {
  readonly name: string;
  readonly arguments: string;
}

/**
 * Names the turns of a conversation by all that stands before them and themselves: each name is a hash of the one
 * before and of what came since. Ids of calls and reasoning do not count, since clients rename the ones and drop the others;
 * neither do the outer white space of texts and the spelling of arguments. A secret at the start keeps names unguessable.
 */
export class ConversationChain {
  #name: string;
  #since = '';

  /** `owner`: texts of which each has conversations of its own. */
  constructor(secret: string, owner: readonly string[]) {
    this.#name = secret;
    for (const text of owner) this.#add('o', text);
  }

  /** Adds a message; gives the name of the turn if it is one with calls. */
  add(message: Message): string | undefined {
    if (message.role === 'assistant' && message.toolCalls && message.toolCalls.length > 0) {
      return this.addTurn(message.content, message.toolCalls);
    }
    const { role, content } = message;
    // An empty message says nothing, and some clients drop it.
    if (role === 'tool' || !isNothing(content)) this.#addContent(role, content);
    return undefined;
  }

  /** Adds an answer with calls and gives its name. */
  addTurn(content: Content, calls: readonly Call[]): string {
    // Some clients show text and calls of an answer as two messages.
    if (!isNothing(content)) this.#addContent('assistant', content);
    for (const call of calls) {
      this.#add('n', call.name);
      this.#add('a', canonicalJson(call.arguments));
    }
    this.#name = hash('sha256', this.#name + this.#since, 'base64');
    this.#since = '';
    return this.#name;
  }

  #addContent(role: Message['role'], content: Content): void {
    this.#add(role, textOf(content).trim());
    if (typeof content === 'string') return;
    for (const part of content) if (part.type !== 'text') this.#add(part.type, part.url);
  }

  /** With their lengths, so that no two sequences of texts look the same. */
  #add(kind: string, text: string): void {
    this.#since += `\n${kind}${text.length}:${text}`;
  }
}

function isNothing(content: Content): boolean {
  if (typeof content === 'string') return content.trim() === '';
  return content.every((part) => part.type === 'text' && part.text.trim() === '');
}
