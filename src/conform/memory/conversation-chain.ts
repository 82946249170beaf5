import { hash } from 'node:crypto';
import { type Content, Kept, type Message, textOf } from '../../core/index.ts';
import { canonicalJson } from './canonical-json.ts';

interface Call {
  readonly name: string;
  readonly arguments: string;
}

/** Where a message led that comes again with every request of its conversation. */
interface Step {
  readonly before: ConversationChain;
  readonly after: ConversationChain;
}

/** The latest first. */
const steps = new Kept<Message, Step[]>();

/** A prompt may stand at the beginning of the conversations of many clients, all else in one. */
const stepsOf = ({ role }: Message) => (role === 'system' ? 64 : 1);

/**
 * A place in a conversation, which names the turn that ends there by all that stands before it and itself: each name is a
 * hash of the one before and of what came since. Ids of calls and reasoning do not count, since clients rename the ones and
 * drop the others; neither do the outer white space of texts and the spelling of arguments. A secret at the start keeps
 * names unguessable.
 */
export class ConversationChain {
  readonly #name: string;
  /** What came since that name. */
  readonly #since: string;

  private constructor(name: string, since: string) {
    this.#name = name;
    this.#since = since;
  }

  /** The beginning. `owner`: texts of which each has conversations of its own. */
  static of(secret: string, owner: readonly string[]): ConversationChain {
    return new ConversationChain(secret, owner.map((text) => written('o', text)).join(''));
  }

  /** The name of the last turn with calls; before the first, nothing that may be shown. */
  get name(): string {
    return this.#name;
  }

  /** The place behind a message. That of a message that lasts is looked up where it was reached from here before. */
  after(message: Message): ConversationChain {
    const known = steps.get(message);
    const step = known?.find(({ before }) => before === this);
    if (step) return step.after;
    const after = this.#after(message);
    const others = known?.slice(0, stepsOf(message) - 1) ?? [];
    steps.set(message, [{ before: this, after }, ...others]);
    return after;
  }

  /** The place behind an answer with calls. */
  afterTurn(content: Content, calls: readonly Call[]): ConversationChain {
    // Some clients show text and calls of an answer as two messages.
    let since = this.#since + (isNothing(content) ? '' : writtenContent('assistant', content));
    for (const call of calls) since += written('n', call.name) + written('a', canonicalJson(call.arguments));
    return new ConversationChain(hash('sha256', this.#name + since, 'base64'), '');
  }

  #after(message: Message): ConversationChain {
    if (message.role === 'assistant' && message.toolCalls && message.toolCalls.length > 0) {
      return this.afterTurn(message.content, message.toolCalls);
    }
    const { role, content } = message;
    // An empty message says nothing, and some clients drop it.
    if (role !== 'tool' && isNothing(content)) return this;
    return new ConversationChain(this.#name, this.#since + writtenContent(role, content));
  }
}

function writtenContent(role: Message['role'], content: Content): string {
  let text = written(role, textOf(content).trim());
  if (typeof content === 'string') return text;
  for (const part of content) if (part.type !== 'text') text += written(part.type, part.url);
  return text;
}

/** With its length, so that no two sequences of texts look the same. */
function written(kind: string, text: string): string {
  return `\n${kind}${text.length}:${text}`;
}

function isNothing(content: Content): boolean {
  if (typeof content === 'string') return content.trim() === '';
  return content.every((part) => part.type === 'text' && part.text.trim() === '');
}
