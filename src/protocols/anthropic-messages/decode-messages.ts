import { type ContentPart, isJsonObject, type Message, type ToolMessage, textOf } from '../../core/index.ts';
import type { DecodeOptions } from '../front/index.ts';
import { contentOf, isEmptyContent } from './content-parts.ts';
import { AssistantDraft } from './decode-assistant.ts';
import { decodePart, decodeParts } from './decode-parts.ts';
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

/** Claude Code puts this before its prompt: it is for Anthropic's bills and changes, which no prompt cache survives. */
const BILLING = /^x-anthropic-billing-header:/;

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
    const parts = decodeParts(system, 'system');
    this.#system(parts.filter((part) => part.type !== 'text' || !BILLING.test(part.text)));
    const lastUser = wire.findLastIndex((message) => isJsonObject(message) && message['role'] === 'user');
    wire.forEach((message, position) => {
      const place = `messages[${position}]`;
      this.#message(objectAt(message, place), place, position < lastUser);
    });
    this.#flush();
    const effort = this.#effort;
    return {
      messages: this.#messages,
      toolChanges: this.#toolChanges,
      ...(effort !== undefined && { effort }),
    };
  }

  #message(message: Wire, place: string, userFollows: boolean): void {
    const content = present(message['content']);
    const at = `${place}.content`;
    switch (message['role']) {
      case 'assistant':
        this.#assistant(content, at);
        return;
      case 'user':
        this.#flush();
        this.#user(content, at);
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

  #assistant(content: unknown, place: string): void {
    this.#draft ??= new AssistantDraft(this.#options.unseal, this.#ids);
    if (Array.isArray(content) && content.some(isCompaction)) {
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
    this.#draft = undefined;
    if (message) this.#messages.push(message);
  }

  #system(parts: readonly ContentPart[]): void {
    const content = contentOf(parts);
    if (!isEmptyContent(content)) this.#messages.push({ role: 'system', content });
  }

  #user(content: unknown, place: string): void {
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
        const result = this.#result(block, at);
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

  #result(block: Wire, place: string): ToolMessage | undefined {
    const { tool_use_id: clientId } = block;
    if (typeof clientId !== 'string') throw invalidField(`${place}.tool_use_id`, 'be a string');
    const toolCallId = this.#ids.get(clientId);
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

function isCompaction(block: unknown): block is Wire {
  return isJsonObject(block) && block['type'] === 'compaction';
}
