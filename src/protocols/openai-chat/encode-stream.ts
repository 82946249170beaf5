import type { Finish, StreamEvent, ToolCallInvalid, ToolCallStart } from '../../core/index.ts';
import { PerigeeError } from '../../core/index.ts';
import { type AnswerEncoder, type EncodeOptions, spoilerOf } from '../front/index.ts';
import type { ChatReply } from './chat-reply.ts';
import { customInput } from './encode-custom.ts';
import { encodeErrorObject } from './encode-error.ts';
import { encodeFinishReason } from './encode-finish.ts';
import { encodeUsage } from './encode-usage.ts';

const END = '},"finish_reason":null}]}\n\n';

/**
 * Writes `chat.completion.chunk` events. A call in which the output was cut was already on its way: its JSON is spoiled,
 * since many clients complete and run it although the finish reason is `length`. After an error no `[DONE]` follows, so
 * that no client takes the answer for whole.
 */
export function createChatEncoder(options: EncodeOptions<ChatReply>): AnswerEncoder {
  return new ChatEncoder(options);
}

class ChatEncoder implements AnswerEncoder {
  readonly ping = ': ping\n\n';
  readonly #reply: ChatReply;
  /** All that is the same in every chunk, made once: most of a chunk is this. */
  readonly #head: string;
  readonly #content: string;
  readonly #reasoning: string;
  #calls = 0;
  #cut = false;
  #ended = false;
  /** Arguments so far of open calls to `custom` tools: they are sent when they are whole. */
  #custom: Map<number, { readonly start: ToolCallStart; text: string }> | undefined;

  constructor({ id, model, created, reply }: EncodeOptions<ChatReply>) {
    this.#reply = reply;
    this.#head = `data: {"id":"chatcmpl-${id}","object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(model)},"choices":[`;
    this.#content = `${this.#head}{"index":0,"delta":{"content":`;
    this.#reasoning = `${this.#head}{"index":0,"delta":{"reasoning_content":`;
  }

  begin(): string {
    return `${this.#head}{"index":0,"delta":{"role":"assistant","content":""${END}`;
  }

  push(event: StreamEvent): string {
    switch (event.type) {
      case 'text-delta':
        return event.delta === '' ? '' : this.#content + JSON.stringify(event.delta) + END;
      case 'reasoning-delta':
        if (event.delta === '' || !this.#reply.showReasoning) return '';
        return this.#reasoning + JSON.stringify(event.delta) + END;
      case 'tool-call-start':
        return this.#start(event);
      case 'tool-call-delta':
        return this.#delta(event.index, event.delta);
      case 'tool-call-end':
        return this.#close(event.index);
      case 'tool-call-invalid':
        return this.#invalid(event);
      case 'finish':
        return this.#finish(event);
      default:
        return event satisfies never;
    }
  }

  fail(error: PerigeeError): string {
    if (this.#ended) return '';
    this.#ended = true;
    return `data: ${JSON.stringify({ error: encodeErrorObject(error) })}\n\n`;
  }

  #start(start: ToolCallStart): string {
    const { index, id, name } = start;
    if (this.#reply.legacy) {
      if (index > 0) return '';
      return this.#chunk(`"function_call":{"name":${JSON.stringify(name)},"arguments":""}`);
    }
    if (this.#reply.custom.has(name)) {
      this.#custom ??= new Map();
      this.#custom.set(index, { start, text: '' });
      return '';
    }
    return this.#chunk(
      `"tool_calls":[{"index":${index},"id":${JSON.stringify(id)},"type":"function","function":{"name":${JSON.stringify(name)},"arguments":""}}]`,
    );
  }

  #delta(index: number, delta: string): string {
    if (delta === '') return '';
    if (this.#reply.legacy) {
      return index > 0 ? '' : this.#chunk(`"function_call":{"arguments":${JSON.stringify(delta)}}`);
    }
    const custom = this.#custom?.get(index);
    if (custom !== undefined) {
      custom.text += delta;
      return '';
    }
    return this.#chunk(`"tool_calls":[{"index":${index},"function":{"arguments":${JSON.stringify(delta)}}}]`);
  }

  #close(index: number): string {
    this.#calls++;
    const custom = this.#custom?.get(index);
    if (custom === undefined) return '';
    this.#custom?.delete(index);
    const { id, name } = custom.start;
    const input = JSON.stringify(customInput(custom.text));
    return this.#chunk(
      `"tool_calls":[{"index":${index},"id":${JSON.stringify(id)},"type":"custom","custom":{"name":${JSON.stringify(name)},"input":${input}}}]`,
    );
  }

  #invalid({ reason, index, arguments: written }: ToolCallInvalid): string {
    switch (reason) {
      case 'unresolved':
        return '';
      case 'cut':
        this.#cut = true;
        return index === undefined ? '' : this.#delta(index, spoilerOf(written));
      // The client has the call and the better means to answer it: it knows its tools.
      case 'undeclared':
      case 'invalid-arguments':
        return index === undefined ? '' : this.#close(index);
      default:
        return reason satisfies never;
    }
  }

  #finish({ reason, usage }: Finish): string {
    if (reason === 'error')
      return this.fail(new PerigeeError('server-error', 'The host gave the answer up.'));
    this.#ended = true;
    const wire = encodeFinishReason({ reason, calls: this.#calls, cut: this.#cut }, this.#reply);
    const finish = `${this.#head}{"index":0,"delta":{},"finish_reason":"${wire}"}]`;
    const counted = usage === undefined ? '' : `,"usage":${JSON.stringify(encodeUsage(usage))}`;
    const { includeUsage } = this.#reply;
    // Counted once only: clients add up what they find. Who does not ask gets it where Moonshot puts it.
    if (includeUsage !== true) {
      return `${finish}${includeUsage === undefined ? counted : ''}}\n\ndata: [DONE]\n\n`;
    }
    const extra = counted === '' ? '' : `${this.#head}]${counted}}\n\n`;
    return `${finish}}\n\n${extra}data: [DONE]\n\n`;
  }

  #chunk(delta: string): string {
    return `${this.#head}{"index":0,"delta":{${delta}${END}`;
  }
}
