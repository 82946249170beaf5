import type { AssistantMessage, ToolCall } from '../../core/index.ts';
import { type DecodeOptions, modelCallId, type Unsealed } from '../front/index.ts';
import { describeBlock } from './describe-block.ts';
import { invalidField, jsonText, objectAt, textIn, type Wire } from './wire-reading.ts';

/** One assistant message, however many wire messages and blocks it is made of. */
export class AssistantDraft {
  /** Ids of its calls: the client's and the model's. */
  readonly ids: (readonly [client: string, model: string])[] = [];
  readonly #calls: ToolCall[] = [];
  readonly #unseal: DecodeOptions['unseal'];
  #content = '';
  #reasoning: string | undefined;
  #signature: string | undefined;

  constructor(unseal: DecodeOptions['unseal']) {
    this.#unseal = unseal;
  }

  /** Adds a wire message's content. Throws `invalid-request`. */
  add(content: unknown, place: string): void {
    if (typeof content === 'string') {
      this.#content += content;
      return;
    }
    if (!Array.isArray(content)) throw invalidField(place, 'be a string or a list of blocks');
    content.forEach((entry: unknown, position) => {
      const at = `${place}[${position}]`;
      this.#block(objectAt(entry, at), at);
    });
  }

  /** The message; undefined where nothing was said at all, which Kimi's hosts refuse. */
  message(): AssistantMessage | undefined {
    const calls = this.#calls;
    if (this.#content === '' && calls.length === 0 && this.#reasoning === undefined) return undefined;
    return {
      role: 'assistant',
      content: this.#content,
      ...(this.#reasoning !== undefined && { reasoning: this.#reasoning }),
      ...(this.#signature !== undefined && { reasoningSignature: this.#signature }),
      ...(calls.length > 0 && { toolCalls: calls }),
    };
  }

  #block(block: Wire, place: string): void {
    switch (block['type']) {
      case 'text':
        if (typeof block['text'] !== 'string') throw invalidField(`${place}.text`, 'be a string');
        this.#content += block['text'];
        return;
      case 'thinking': {
        const shown = textIn(block['thinking']);
        const signature = textIn(block['signature']);
        // A signature that is not ours proves nothing to the hosts behind us.
        this.#think((signature !== '' && this.#unseal?.(signature, shown)) || { reasoning: shown });
        return;
      }
      case 'redacted_thinking':
        this.#think(this.#unseal?.(textIn(block['data']), '') ?? { reasoning: '' });
        return;
      case 'tool_use':
        this.#call(block, place);
        return;
      default: {
        if (typeof block['type'] !== 'string') throw invalidField(`${place}.type`, 'be a string');
        const said = describeBlock(block, place);
        if (said === '') return;
        this.#content += this.#content === '' ? said : `\n\n${said}\n\n`;
      }
    }
  }

  #think({ reasoning, signature }: Unsealed): void {
    if (reasoning !== '') this.#reasoning = (this.#reasoning ?? '') + reasoning;
    this.#signature = signature ?? this.#signature;
  }

  #call(block: Wire, place: string): void {
    const { id, name } = block;
    if (typeof id !== 'string' || id === '') throw invalidField(`${place}.id`, 'be a string');
    if (typeof name !== 'string' || name === '') throw invalidField(`${place}.name`, 'be a string');
    const input = block['input'] ?? {};
    // What a client kept of a call whose JSON it could not read.
    const text = typeof input === 'string' ? input : jsonText(input, `${place}.input`);
    const callId = modelCallId(id, name);
    this.ids.push([id, callId]);
    this.#calls.push({ id: callId, name, arguments: text });
  }
}
