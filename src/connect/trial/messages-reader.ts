import type { JsonTable } from '../merge/value.ts';
import { errorText, eventTable, tableIn, tablesIn, textIn } from './fields.ts';
import type { TrialReader } from './reader.ts';
import type { TrialAnswer } from './request.ts';

interface Block {
  readonly type: string;
  readonly id: string;
  readonly name: string;
  text: string;
  signature: string;
}

/** Anthropic Messages, as its SDK reads them. */
export class MessagesReader implements TrialReader {
  readonly #blocks = new Map<number, Block>();
  readonly #faults: string[] = [];
  #finish: string | undefined;
  #started = false;
  #stopped = false;

  readonly #stream: boolean;

  constructor(stream: boolean) {
    this.#stream = stream;
  }

  event(name: string | undefined, data: string): void {
    const json = eventTable(data);
    if (!json) {
      this.#faults.push(`an event that is no JSON: ${data.slice(0, 80)}`);
      return;
    }
    const type = textIn(json, 'type');
    if (name !== type) this.#faults.push(`an event ${type} under the name ${name ?? '(none)'}`);
    const index = Number(json['index']);
    const delta = tableIn(json, 'delta');
    switch (type) {
      case 'message_start':
        this.#started = true;
        break;
      case 'content_block_start':
        this.#blocks.set(index, blockOf(tableIn(json, 'content_block')));
        break;
      case 'content_block_delta':
        this.#delta(index, delta);
        break;
      case 'message_delta':
        this.#finish = textIn(delta, 'stop_reason') || this.#finish;
        break;
      case 'message_stop':
        this.#stopped = true;
        break;
      case 'error':
        this.#faults.push(`an error in the answer: ${errorText(json) ?? data.slice(0, 200)}`);
        break;
    }
  }

  #delta(index: number, delta: JsonTable): void {
    const block = this.#blocks.get(index);
    if (!block) {
      this.#faults.push('a piece of a block that was not begun');
      return;
    }
    block.text += textIn(delta, 'text') + textIn(delta, 'thinking') + textIn(delta, 'partial_json');
    block.signature += textIn(delta, 'signature');
  }

  whole(json: JsonTable): void {
    this.#started = this.#stopped = true;
    const error = errorText(json);
    if (error !== undefined) this.#faults.push(`an error in the answer: ${error}`);
    this.#finish = textIn(json, 'stop_reason') || undefined;
    for (const [i, content] of tablesIn(json, 'content').entries()) {
      const block = blockOf(content);
      if (block.type === 'tool_use') block.text = JSON.stringify(content['input'] ?? {});
      this.#blocks.set(i, block);
    }
  }

  end(): TrialAnswer {
    const faults = [...this.#faults];
    const blocks = [...this.#blocks.values()];
    const calls = blocks.filter(({ type }) => type === 'tool_use');
    if (this.#stream && !this.#started) faults.push('the stream has no message_start');
    if (!this.#stopped) faults.push('the stream ends without message_stop');
    if (this.#finish === undefined) faults.push('there is no stop_reason');
    else if (calls.length > 0 && this.#finish !== 'tool_use') {
      faults.push(`stop_reason is ${this.#finish}, though there are calls`);
    }
    const textOf = (wanted: string) =>
      blocks
        .filter(({ type }) => type === wanted)
        .map(({ text }) => text)
        .join('');
    const signature = blocks.find(({ type }) => type === 'thinking')?.signature;
    return {
      calls: calls.map(({ id, name, text }) => ({ id, name, arguments: text === '' ? '{}' : text })),
      text: textOf('text'),
      reasoning: textOf('thinking'),
      ...(signature ? { signature } : {}),
      finish: this.#finish,
      faults,
    };
  }
}

function blockOf(content: JsonTable): Block {
  return {
    type: textIn(content, 'type'),
    id: textIn(content, 'id'),
    name: textIn(content, 'name'),
    text: textIn(content, 'text') + textIn(content, 'thinking'),
    signature: textIn(content, 'signature'),
  };
}
