import {
  type AssistantMessage,
  type ContentPart,
  isJsonObject,
  Kept,
  type Message,
  markLikewise,
  type ToolMessage,
  textOf,
} from '../../core/index.ts';
import type { DecodeOptions } from '../front/index.ts';
import { contentOf, isEmptyContent } from './content-parts.ts';
import { AssistantDraft } from './decode-assistant.ts';
import { decodePart, decodeParts } from './decode-parts.ts';
import { systemMessage } from './system-message.ts';
import { ToolChanges } from './tool-changes.ts';
import { invalidField, objectAt, present, textIn, type Wire } from './wire-reading.ts';

/** A conversation, read, with what stands in it besides messages. */
export interface Conversation {
  readonly messages: readonly Message[];
  readonly toolChanges: ToolChanges;
  /** The `output_config.effort` of the last system message that has one. */
  readonly effort?: string;
}

/**
 * A Messages conversation in our words. Results of tools become messages of their own, ahead of what else their user
 * message says; assistant messages in a row become one, as Anthropic reads them. Throws `invalid-request`.
 */
export function decodeMessages(system: unknown, wire: unknown, options: DecodeOptions): Conversation {
  if (!Array.isArray(wire) || wire.length === 0)
    throw invalidField('messages', 'be a list that is not empty');
  return new ConversationReader(options).read(system, wire);
}

/** What a wire message says by itself, and the ids of its calls. */
interface Answer {
  readonly unseal: DecodeOptions['unseal'];
  readonly message: AssistantMessage | undefined;
  readonly ids: AssistantDraft['ids'];
}

/** What a user's wire message says, where the ids that it names stand for these. */
interface Saying {
  readonly messages: readonly Message[];
  readonly ids: readonly (readonly [client: string, model: string | undefined])[];
}

const answers = new Kept<Wire, Answer>();
const sayings = new Kept<Wire, Saying>();

class ConversationReader {
  readonly #options: DecodeOptions;
  readonly #messages: Message[] = [];
  readonly #toolChanges = new ToolChanges();
  /** The model's ids of calls, by the client's. */
  readonly #ids = new Map<string, string>();
  #draft: AssistantDraft | undefined;
  #effort: string | undefined;

  constructor(options: DecodeOptions) {
    this.#options = options;
  }

  read(system: unknown, wire: readonly unknown[]): Conversation {
    const said = systemMessage(system);
    if (said) this.#messages.push(said);
    const lastUser = wire.findLastIndex((message) => isJsonObject(message) && message['role'] === 'user');
    wire.forEach((message, position) => {
      const place = `messages[${position}]`;
      const isAlone = !isAssistant(wire[position - 1]) && !isAssistant(wire[position + 1]);
      this.#message(objectAt(message, place), place, { isAlone, userFollows: position < lastUser });
    });
    this.#flush();
    const effort = this.#effort;
    return {
      messages: this.#messages,
      toolChanges: this.#toolChanges,
      ...(effort !== undefined && { effort }),
    };
  }

  #message(message: Wire, place: string, { isAlone, userFollows }: Neighbours): void {
    const content = present(message['content']);
    const at = `${place}.content`;
    switch (message['role']) {
      case 'assistant':
        if (isAlone && !hasCompaction(content)) this.#answer(message, content, at);
        else this.#assistant(content, at);
        return;
      case 'user':
        this.#flush();
        if (hasCompaction(content)) this.#user(content, at, []);
        else this.#saying(message, content, at);
        return;
      case 'system':
        this.#flush();
        this.#toolChanges.read(content, at);
        this.#readEffort(message['output_config']);
        if (message['clear_at'] !== 'next_user_message' || !userFollows)
          this.#system(decodeParts(content, at));
        return;
      default:
        throw invalidField(`${place}.role`, 'be "user", "assistant" or "system"');
    }
  }

  /** A message that is not one of several in a row. */
  #answer(wire: Wire, content: unknown, place: string): void {
    const { unseal } = this.#options;
    let answer = answers.get(wire);
    // Under another secret it may say something else.
    if (answer === undefined || answer.unseal !== unseal) {
      const draft = new AssistantDraft(unseal);
      draft.add(content, place);
      const message = draft.message();
      answer = { unseal, message: message && markLikewise(wire, message), ids: draft.ids };
      answers.set(wire, answer);
    }
    for (const [client, model] of answer.ids) this.#ids.set(client, model);
    if (answer.message) this.#messages.push(answer.message);
  }

  #saying(wire: Wire, content: unknown, place: string): void {
    const known = sayings.get(wire);
    if (known?.ids.every(([client, model]) => this.#ids.get(client) === model)) {
      for (const message of known.messages) this.#messages.push(message);
      return;
    }
    const before = this.#messages.length;
    const ids: [string, string | undefined][] = [];
    this.#user(content, place, ids);
    const messages = this.#messages.slice(before);
    for (const message of messages) markLikewise(wire, message);
    sayings.set(wire, { messages, ids });
  }

  #assistant(content: unknown, place: string): void {
    this.#draft ??= new AssistantDraft(this.#options.unseal);
    if (Array.isArray(content) && hasCompaction(content)) {
      for (const block of content.filter(isCompaction)) this.#compaction(block, place);
      this.#draft.add(
        content.filter((block) => !isCompaction(block)),
        place,
      );
    } else this.#draft.add(content, place);
  }

  /** The summary of what was said before stands in the place of it. */
  #compaction(block: Wire, place: string): void {
    this.#toolChanges.read(block['tool_changes'], `${place}.tool_changes`);
    const summary = textIn(block['content']);
    if (summary === '') return;
    this.#messages.push({ role: 'user', content: `Summary of the conversation so far:\n\n${summary}` });
  }

  #flush(): void {
    const message = this.#draft?.message();
    for (const [client, model] of this.#draft?.ids ?? []) this.#ids.set(client, model);
    this.#draft = undefined;
    if (message) this.#messages.push(message);
  }

  #system(parts: readonly ContentPart[]): void {
    const content = contentOf(parts);
    if (!isEmptyContent(content)) this.#messages.push({ role: 'system', content });
  }

  /** Adds to `ids` those that it looks up. */
  #user(content: unknown, place: string, ids: [string, string | undefined][]): void {
    if (typeof content === 'string') {
      this.#messages.push({ role: 'user', content });
      return;
    }
    if (!Array.isArray(content)) throw invalidField(place, 'be a string or a list of blocks');
    const said: ContentPart[] = [];
    const results: ToolMessage[] = [];
    content.forEach((entry: unknown, position) => {
      const at = `${place}[${position}]`;
      const block = objectAt(entry, at);
      if (isCompaction(block)) this.#compaction(block, at);
      else if (block['type'] !== 'tool_result') said.push(...decodePart(block, at));
      else {
        const result = this.#result(block, at, ids);
        if (result) results.push(result);
        // Its call is gone, and hosts refuse a result without one.
        else said.push(...decodeParts(block['content'], `${at}.content`));
      }
    });
    this.#messages.push(...results);
    const rest = contentOf(said);
    if (!isEmptyContent(rest)) this.#messages.push({ role: 'user', content: rest });
    else if (results.length === 0) this.#messages.push({ role: 'user', content: '' });
  }

  #result(block: Wire, place: string, ids: [string, string | undefined][]): ToolMessage | undefined {
    const { tool_use_id: clientId } = block;
    if (typeof clientId !== 'string') throw invalidField(`${place}.tool_use_id`, 'be a string');
    const toolCallId = this.#ids.get(clientId);
    ids.push([clientId, toolCallId]);
    if (toolCallId === undefined) return undefined;
    const parts = decodeParts(block['content'], `${place}.content`);
    if (block['is_error'] !== true) return { role: 'tool', toolCallId, content: contentOf(parts) };
    return { role: 'tool', toolCallId, content: contentOf(asFailure(parts)), isError: true };
  }

  #readEffort(config: unknown): void {
    const effort = isJsonObject(config) ? config['effort'] : undefined;
    if (typeof effort === 'string') this.#effort = effort;
  }
}

/** Most protocols have no place for `is_error`, so the text has to say it. */
function asFailure(parts: readonly ContentPart[]): readonly ContentPart[] {
  const said = textOf(parts);
  if (/error|fail|exception|denied|rejected|invalid|not found|cannot|can't|couldn't/i.test(said))
    return parts;
  return said.trim() === '' ? [{ type: 'text', text: 'Error: the tool failed.' }, ...parts] : prefixed(parts);
}

function prefixed(parts: readonly ContentPart[]): readonly ContentPart[] {
  const first = parts.findIndex((part) => part.type === 'text' && part.text !== '');
  return parts.map((part, position) =>
    position === first && part.type === 'text' ? { type: 'text', text: `Error: ${part.text}` } : part,
  );
}

interface Neighbours {
  readonly isAlone: boolean;
  readonly userFollows: boolean;
}

function isAssistant(wire: unknown): boolean {
  return isJsonObject(wire) && wire['role'] === 'assistant';
}

function hasCompaction(content: unknown): boolean {
  return Array.isArray(content) && content.some(isCompaction);
}

function isCompaction(block: unknown): block is Wire {
  return isJsonObject(block) && block['type'] === 'compaction';
}
