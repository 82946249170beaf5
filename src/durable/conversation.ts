import { type CallResult, contentOf, readRecordName } from '../agent/index.ts';
import { isJsonObject, type Message, type ToolMessage, type UserMessage } from '../core/index.ts';

/** What a call is answered with whose result nobody knows. */
export const UNKNOWN_RESULT = JSON.stringify({
  error:
    'The result of this call was not recorded: whether it was done is not known. Check before repeating it.',
});

/** What of a record makes messages. */
interface Recorded {
  readonly name: string;
  readonly value: unknown;
}

interface OpenStep {
  readonly calls: readonly { readonly index: unknown; readonly id: string; readonly name: string }[];
  readonly results: Map<number, ToolMessage>;
  readonly note: UserMessage | undefined;
}

/**
 * The conversation that the records of a session tell, as the agent loop writes them; other records are passed over. It
 * can be sent as it is: a call without a result on record is answered with `UNKNOWN_RESULT`.
 */
export function conversationOf(records: Iterable<Recorded>): Message[] {
  const conversation = new Conversation();
  for (const record of records) conversation.push(record);
  return conversation.end();
}

/** The same, one record at a time. */
export class Conversation {
  readonly #messages: Message[] = [];
  #open: OpenStep | undefined;

  push({ name, value }: Recorded): void {
    const place = readRecordName(name);
    if (!place || !isJsonObject(value)) return;
    if (place.part === 'prompt') {
      this.#close();
      this.#add(value['messages']);
    } else if (place.part === 'turn') {
      this.#close();
      this.#add(value['steered']);
      this.#add([value['message']]);
      const calls = Array.isArray(value['calls']) ? value['calls'].filter(isJsonObject) : [];
      this.#open = {
        calls: calls.map((call) => ({
          index: call['index'],
          id: String(call['id']),
          name: String(call['name']),
        })),
        results: new Map(),
        note: isMessage(value['note']) ? (value['note'] as UserMessage) : undefined,
      };
    } else if (place.part === 'more') {
      this.#close();
      this.#add(value['messages']);
    } else if (place.part === 'call' && place.call !== undefined) {
      this.#open?.results.set(place.call, resultMessage(value));
    }
  }

  /** All messages so far. */
  end(): Message[] {
    this.#close();
    return this.#messages;
  }

  #add(messages: unknown): void {
    if (Array.isArray(messages)) this.#messages.push(...messages.filter(isMessage));
  }

  /** Results stand in the order of the calls, however they came. */
  #close(): void {
    if (!this.#open) return;
    const { calls, results, note } = this.#open;
    this.#open = undefined;
    for (const { index, id, name } of calls) {
      this.#messages.push(results.get(index as number) ?? unknownResult(id, name));
    }
    if (note) this.#messages.push(note);
  }
}

/** The result of a call that nobody knows. */
export function unknownResult(toolCallId: string, name: string): ToolMessage {
  return { role: 'tool', toolCallId, name, content: UNKNOWN_RESULT, isError: true };
}

function resultMessage(value: Record<string, unknown>): ToolMessage {
  return {
    role: 'tool',
    toolCallId: String(value['id']),
    name: String(value['name']),
    content: contentOf({ ...(value as unknown as CallResult), output: String(value['output'] ?? '') }),
    ...(value['isError'] === true && { isError: true }),
  };
}

function isMessage(value: unknown): value is Message {
  return isJsonObject(value) && typeof value['role'] === 'string';
}
