import type { Message } from '../../core/index.ts';
import { sizeOf } from './size.ts';

/** The messages of the next request and what they take up, in characters. */
export class View {
  readonly #keepsReasoning: boolean;
  #messages: Message[] = [];
  #size = 0;
  #reasoning = 0;
  /** Reasoning from before the last user message: some hosts leave it out of the prompt. */
  #earlier = 0;

  constructor(keepsReasoning: boolean) {
    this.#keepsReasoning = keepsReasoning;
  }

  get messages(): readonly Message[] {
    return this.#messages;
  }

  get size(): number {
    return this.#size;
  }

  /** What of the size gets into the prompt. */
  get promptSize(): number {
    return this.#keepsReasoning ? this.#size : this.#size - this.#earlier;
  }

  /** Reasoning from before the last user message that gets into the prompt. */
  get earlierReasoning(): number {
    return this.#keepsReasoning ? this.#earlier : 0;
  }

  push(message: Message): void {
    const { size, reasoning } = sizeOf(message);
    this.#messages.push(message);
    this.#size += size;
    this.#reasoning += reasoning;
    if (message.role === 'user') this.#earlier = this.#reasoning;
  }

  /** A new list: whoever holds the old one keeps what was sent. */
  restart(): void {
    this.#messages = [];
    this.#size = this.#reasoning = this.#earlier = 0;
  }
}
