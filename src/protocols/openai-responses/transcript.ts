import type { AssistantMessage, Content, Message, ToolCall, ToolMessage } from '../../core/index.ts';
import { modelCallId } from '../front/index.ts';

/** An answer of the model, put together from its items; `results` stand after it wherever the client put them. */
interface Draft {
  readonly role: 'assistant';
  content: string;
  reasoning: string;
  signature?: string;
  readonly calls: ToolCall[];
  readonly results: ToolMessage[];
  /** The item before was a thought of this answer, so a text without an id goes on with it. */
  thinking: boolean;
  /** The answer that its items came in, where their ids tell. */
  answerId?: string;
}

const CALL_ID = /^call_([A-Za-z0-9]{1,30})_(?:\d{1,15}|x)_\d{1,6}$/;
const ITEM_ID = /^[a-z]{2,4}_([A-Za-z0-9]{1,30})_\d{1,6}$/;

/** The answer that an item of ours came in; undefined for ids that are not ours. */
export function answerIdOf(item: { readonly id?: unknown; readonly call_id?: unknown }): string | undefined {
  const byCall = typeof item.call_id === 'string' ? CALL_ID.exec(item.call_id) : null;
  const byItem = typeof item.id === 'string' ? ITEM_ID.exec(item.id) : null;
  return (byCall ?? byItem)?.[1];
}

/**
 * Makes messages of items. The protocol has an item for each thought, text and call of an answer; models know one
 * message for all of them, with the results after it.
 */
export class Transcript {
  readonly #entries: (Message | Draft)[] = [];
  readonly #calls = new Map<string, { readonly id: string; readonly draft: Draft | undefined }>();
  #draft: Draft | undefined;

  /** A message that was recalled. Call ids in it may be the client's. */
  recall(message: Message): void {
    this.#draft = undefined;
    if (message.role !== 'assistant' || !message.toolCalls) {
      this.#entries.push(message);
      return;
    }
    const toolCalls = message.toolCalls.map((call) => {
      const id = modelCallId(call.id, call.name);
      this.#calls.set(call.id, { id, draft: undefined });
      if (id !== call.id) this.#calls.set(id, { id, draft: undefined });
      return { ...call, id };
    });
    this.#entries.push({ ...message, toolCalls });
  }

  /** A message that is no answer. */
  message(message: Message): void {
    this.#draft = undefined;
    this.#entries.push(message);
  }

  reasoning(text: string, signature: string | undefined, answerId: string | undefined): void {
    const draft = this.#open(answerId, ({ content, calls }) => content === '' || calls.length > 0);
    draft.reasoning += text;
    draft.thinking = true;
    if (signature !== undefined) draft.signature = signature;
  }

  text(text: string, answerId: string | undefined): void {
    const draft = this.#open(answerId, ({ content, thinking }) => content === '' || thinking);
    draft.content += text;
    draft.thinking = false;
  }

  /** A call; `ids` are those by which its result may name it, the call's own first. */
  call(ids: readonly string[], name: string, argumentsText: string, answerId: string | undefined): void {
    const draft = this.#open(answerId, () => true);
    draft.thinking = false;
    const id = modelCallId(ids[0]!, name);
    draft.calls.push({ id, name, arguments: argumentsText });
    for (const known of ids) this.#calls.set(known, { id, draft });
  }

  /** The result of a call; false when there is no such call. */
  result(callId: string, content: Content, isError: boolean): boolean {
    const call = this.#calls.get(callId);
    if (!call) return false;
    const message: ToolMessage = {
      role: 'tool',
      toolCallId: call.id,
      content,
      ...(isError && { isError }),
    };
    if (call.draft) call.draft.results.push(message);
    else this.message(message);
    return true;
  }

  /** All messages, in order. */
  messages(): Message[] {
    return this.#entries.flatMap((entry) => ('results' in entry ? closed(entry) : [entry]));
  }

  /**
   * The answer that an item belongs to. Where ids do not tell, it is the one before it as long as no result came
   * and the item `fits`; an answer that said something and called nothing is over when the model thinks again.
   */
  #open(answerId: string | undefined, fits: (draft: Draft) => boolean): Draft {
    const draft = this.#draft;
    if (draft) {
      const same = answerId !== undefined && draft.answerId === answerId;
      const unknown = answerId === undefined || draft.answerId === undefined;
      if (same || (unknown && draft.results.length === 0 && fits(draft))) {
        draft.answerId ??= answerId;
        return draft;
      }
    }
    const opened: Draft = {
      role: 'assistant',
      content: '',
      reasoning: '',
      calls: [],
      results: [],
      thinking: false,
    };
    if (answerId !== undefined) opened.answerId = answerId;
    this.#entries.push(opened);
    this.#draft = opened;
    return opened;
  }
}

function closed({ content, reasoning, signature, calls, results }: Draft): Message[] {
  const message: AssistantMessage = {
    role: 'assistant',
    content,
    ...(reasoning !== '' && { reasoning }),
    ...(signature !== undefined && { reasoningSignature: signature }),
    ...(calls.length > 0 && { toolCalls: calls }),
  };
  // Thoughts alone are no message: hosts refuse one without content and calls for as long as it is in the history.
  if (content.trim() === '' && calls.length === 0) return results;
  return [message, ...results];
}
