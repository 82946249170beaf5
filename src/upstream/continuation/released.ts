import { type StreamEvent, TextParts } from '../../core/index.ts';

interface Call {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  text: string;
  closed: boolean;
}

/** What was handed on of an answer, and Kimi's own writing of it. */
export class Released {
  readonly #content = new TextParts();
  readonly #reasoning = new TextParts();
  readonly calls: Call[] = [];
  /** Something that cannot be written again stands among the calls. */
  isOdd = false;
  readonly #byIndex: (Call | undefined)[] = [];

  add(event: StreamEvent): void {
    switch (event.type) {
      case 'text-delta':
        // Text behind a call stands outside the section: it cannot be told where.
        if (this.calls.length > 0 && event.delta.trim() !== '') this.isOdd = true;
        this.#content.add(event.delta);
        return;
      case 'reasoning-delta':
        this.#reasoning.add(event.delta);
        return;
      case 'tool-call-start': {
        const { index, id, name } = event;
        const call = { index, id, name, text: '', closed: false };
        this.calls.push(call);
        this.#byIndex[index] = call;
        return;
      }
      case 'tool-call-delta': {
        const call = this.#byIndex[event.index];
        if (call) call.text += event.delta;
        return;
      }
      case 'tool-call-end':
      case 'tool-call-invalid': {
        const call = event.index === undefined ? undefined : this.#byIndex[event.index];
        if (call) call.closed = true;
        else this.isOdd = true;
        return;
      }
      case 'finish':
        return;
      default:
        event satisfies never;
    }
  }

  get content(): string {
    return this.#content.toString();
  }

  get reasoning(): string {
    return this.#reasoning.toString();
  }

  /** The call that is open, if exactly the last one is. */
  get open(): Call | undefined {
    const last = this.calls.at(-1);
    return last?.closed === false ? last : undefined;
  }

  /** Content and calls as the model writes them, up to the last character handed on. */
  native(): string {
    let text = `${this.content}<|tool_calls_section_begin|>`;
    for (const { id, text: written, closed } of this.calls) {
      text += `<|tool_call_begin|>${id}<|tool_call_argument_begin|>${written}`;
      if (closed) text += '<|tool_call_end|>';
    }
    return text;
  }

  /** Whether another reading of the answer gave the same. */
  equals(other: Released): boolean {
    if (other.isOdd || other.content !== this.content || other.calls.length !== this.calls.length)
      return false;
    return this.calls.every((call, position) => {
      const twin = other.calls[position]!;
      return (
        call.index === twin.index &&
        call.id === twin.id &&
        call.name === twin.name &&
        call.text === twin.text &&
        call.closed === twin.closed
      );
    });
  }
}
