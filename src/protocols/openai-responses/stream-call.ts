import type { ToolCallStart } from '../../core/index.ts';
import { type EncodeOptions, spoilerOf } from '../front/index.ts';
import { CustomInput } from './custom-input.ts';
import { type CallIdentity, callIdentity, callItem, parseable } from './output-items.ts';
import type { Item, ResponsesReply } from './reply.ts';
import { EventWriter } from './server-sent-events.ts';
import { WholeCharacters } from './whole-characters.ts';

/** A call while it is written. One in which the output is cut is never said to be done. */
export interface StreamCall {
  open(): string;
  push(delta: string): string;
  /** What closes it, and the whole item with its place. */
  close(): { readonly text: string; readonly item: Item; readonly outputIndex: number };
  /** The output was cut in it. Some clients put calls together from the deltas alone, so those must not be JSON. */
  abandon(written: string): string;
}

/** `nextIndex` gives the place of an item in the output when the item is opened. */
export function createStreamCall(
  event: ToolCallStart,
  options: EncodeOptions<ResponsesReply>,
  writer: EventWriter,
  nextIndex: () => number,
): StreamCall {
  const identity = callIdentity(event, options);
  switch (identity.tool.kind) {
    case 'function':
      return new FunctionCall(identity, writer, nextIndex());
    case 'custom':
      return new CustomCall(identity, writer, nextIndex());
    default:
      return new WholeCall(identity, writer, nextIndex);
  }
}

class FunctionCall implements StreamCall {
  readonly #identity: CallIdentity;
  readonly #writer: EventWriter;
  readonly #place: { readonly item_id: string; readonly output_index: number };
  readonly #delta: string;
  readonly #characters = new WholeCharacters();
  #text = '';

  constructor(identity: CallIdentity, writer: EventWriter, outputIndex: number) {
    this.#identity = identity;
    this.#writer = writer;
    this.#place = { item_id: identity.item, output_index: outputIndex };
    this.#delta = EventWriter.prepare('response.function_call_arguments.delta', this.#place);
  }

  open(): string {
    const item = callItem(this.#identity, '', 'in_progress');
    return this.#writer.event('response.output_item.added', { output_index: this.#place.output_index, item });
  }

  push(delta: string): string {
    return this.#write(this.#characters.push(delta));
  }

  close() {
    let rest = this.#write(this.#characters.end());
    const written = parseable(this.#text);
    rest += this.#write(written.slice(this.#text.length));
    const item = callItem(this.#identity, written, 'completed');
    const { output_index: outputIndex } = this.#place;
    const { name } = this.#identity.tool;
    const text =
      rest +
      this.#writer.event('response.function_call_arguments.done', {
        ...this.#place,
        name,
        arguments: written,
      }) +
      this.#writer.event('response.output_item.done', { output_index: outputIndex, item });
    return { text, item, outputIndex };
  }

  abandon(written: string): string {
    return this.#write(this.#characters.end() + spoilerOf(written));
  }

  #write(text: string): string {
    if (text === '') return '';
    this.#text += text;
    return this.#writer.delta(this.#delta, text);
  }
}

class CustomCall implements StreamCall {
  readonly #identity: CallIdentity;
  readonly #writer: EventWriter;
  readonly #place: { readonly item_id: string; readonly output_index: number };
  readonly #delta: string;
  readonly #characters = new WholeCharacters();
  readonly #decoded = new WholeCharacters();
  readonly #input = new CustomInput();
  #arguments = '';

  constructor(identity: CallIdentity, writer: EventWriter, outputIndex: number) {
    this.#identity = identity;
    this.#writer = writer;
    this.#place = { item_id: identity.item, output_index: outputIndex };
    this.#delta = EventWriter.prepare('response.custom_tool_call_input.delta', this.#place);
  }

  open(): string {
    const item = callItem(this.#identity, '', 'in_progress');
    return this.#writer.event('response.output_item.added', { output_index: this.#place.output_index, item });
  }

  push(delta: string): string {
    return this.#take(this.#characters.push(delta));
  }

  close() {
    let rest = this.#take(this.#characters.end());
    rest += this.#write(this.#decoded.push(this.#input.end()) + this.#decoded.end());
    const item = callItem(this.#identity, this.#arguments, 'completed');
    const { output_index: outputIndex } = this.#place;
    const text =
      rest +
      this.#writer.event('response.custom_tool_call_input.done', { ...this.#place, input: item['input'] }) +
      this.#writer.event('response.output_item.done', { output_index: outputIndex, item });
    return { text, item, outputIndex };
  }

  abandon(): string {
    return '';
  }

  #take(text: string): string {
    this.#arguments += text;
    return this.#write(this.#decoded.push(this.#input.push(text)));
  }

  #write(text: string): string {
    return text === '' ? '' : this.#writer.delta(this.#delta, text);
  }
}

/** A call whose item has no deltas: it is shown when it is whole, and has its place from then on. */
class WholeCall implements StreamCall {
  readonly #identity: CallIdentity;
  readonly #writer: EventWriter;
  readonly #nextIndex: () => number;
  readonly #characters = new WholeCharacters();
  #text = '';

  constructor(identity: CallIdentity, writer: EventWriter, nextIndex: () => number) {
    this.#identity = identity;
    this.#writer = writer;
    this.#nextIndex = nextIndex;
  }

  open(): string {
    return '';
  }

  push(delta: string): string {
    this.#text += this.#characters.push(delta);
    return '';
  }

  close() {
    const written = parseable(this.#text + this.#characters.end());
    const outputIndex = this.#nextIndex();
    const opened = callItem(this.#identity, written, 'in_progress');
    const item = callItem(this.#identity, written, 'completed');
    const text =
      this.#writer.event('response.output_item.added', { output_index: outputIndex, item: opened }) +
      this.#writer.event('response.output_item.done', { output_index: outputIndex, item });
    return { text, item, outputIndex };
  }
  abandon(): string {
    return '';
  }
}
