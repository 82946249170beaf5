import type { EncodeOptions } from '../front/index.ts';
import { type ItemStatus, messageItem, reasoningItem, textPart } from './output-items.ts';
import type { Item, ResponsesReply } from './reply.ts';
import { EventWriter } from './server-sent-events.ts';
import { WholeCharacters } from './whole-characters.ts';

type Options = EncodeOptions<ResponsesReply>;

/** A thought or a text while it is written: an item with one part. */
export interface Block {
  readonly kind: 'reasoning' | 'message';
  /** What opens it. */
  open(): string;
  push(delta: string): string;
  /** What closes it. */
  close(status: ItemStatus): string;
  /** The whole item, after `close`. */
  readonly item: Item;
}

/** A message; `position` counts the messages of the answer. */
export class MessageBlock implements Block {
  readonly kind = 'message';
  item: Item;
  readonly #writer: EventWriter;
  readonly #place: { readonly item_id: unknown; readonly output_index: number; readonly content_index: 0 };
  readonly #delta: string;
  readonly #characters = new WholeCharacters();
  readonly #finished: (text: string, status: ItemStatus) => Item;
  #text = '';

  constructor(options: Options, writer: EventWriter, outputIndex: number, position: number) {
    this.#writer = writer;
    this.item = messageItem(options, position, [], 'in_progress');
    this.#finished = (text, status) => messageItem(options, position, [textPart(text)], status);
    this.#place = { item_id: this.item['id'], output_index: outputIndex, content_index: 0 };
    this.#delta = EventWriter.prepare('response.output_text.delta', { ...this.#place, logprobs: [] });
  }

  open(): string {
    const { output_index } = this.#place;
    return (
      this.#writer.event('response.output_item.added', { output_index, item: this.item }) +
      this.#writer.event('response.content_part.added', { ...this.#place, part: textPart('') })
    );
  }

  push(delta: string): string {
    return this.#write(this.#characters.push(delta));
  }

  close(status: ItemStatus): string {
    const rest = this.#write(this.#characters.end());
    const text = this.#text;
    const { output_index } = this.#place;
    this.item = this.#finished(text, status);
    return (
      rest +
      this.#writer.event('response.output_text.done', { ...this.#place, text, logprobs: [] }) +
      this.#writer.event('response.content_part.done', { ...this.#place, part: textPart(text) }) +
      this.#writer.event('response.output_item.done', { output_index, item: this.item })
    );
  }

  #write(text: string): string {
    if (text === '') return '';
    this.#text += text;
    return this.#writer.delta(this.#delta, text);
  }
}

/** A thought; `position` counts the thoughts of the answer. */
export class ReasoningBlock implements Block {
  readonly kind = 'reasoning';
  item: Item;
  signature: string | undefined;
  readonly #writer: EventWriter;
  readonly #place: { readonly item_id: unknown; readonly output_index: number; readonly summary_index: 0 };
  readonly #delta: string;
  readonly #characters = new WholeCharacters();
  readonly #finished: (text: string, status: ItemStatus) => Item;
  #text = '';

  constructor(options: Options, writer: EventWriter, outputIndex: number, position: number) {
    this.#writer = writer;
    this.#finished = (text, status) => reasoningItem(options, position, text, this.signature, status);
    this.item = { id: `rs_${options.id}_${position}`, type: 'reasoning', status: 'in_progress', summary: [] };
    this.#place = { item_id: this.item['id'], output_index: outputIndex, summary_index: 0 };
    this.#delta = EventWriter.prepare('response.reasoning_summary_text.delta', this.#place);
  }

  open(): string {
    const { output_index } = this.#place;
    return this.#writer.event('response.output_item.added', { output_index, item: this.item });
  }

  push(delta: string): string {
    return this.#write(this.#characters.push(delta));
  }

  close(status: ItemStatus): string {
    const rest = this.#write(this.#characters.end());
    const text = this.#text;
    const { output_index } = this.#place;
    this.item = this.#finished(text, status);
    return (
      rest +
      this.#closePart(text) +
      this.#writer.event('response.output_item.done', { output_index, item: this.item })
    );
  }

  #closePart(text: string): string {
    if (text === '') return '';
    const part = { type: 'summary_text', text };
    return (
      this.#writer.event('response.reasoning_summary_text.done', { ...this.#place, text }) +
      this.#writer.event('response.reasoning_summary_part.done', { ...this.#place, part })
    );
  }

  #write(text: string): string {
    if (text === '') return '';
    const part = { type: 'summary_text', text: '' };
    const opened =
      this.#text === ''
        ? this.#writer.event('response.reasoning_summary_part.added', { ...this.#place, part })
        : '';
    this.#text += text;
    return opened + this.#writer.delta(this.#delta, text);
  }
}
