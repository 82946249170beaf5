import { type Message, textOf, type Usage } from '../../core/index.ts';

/** Characters of a token, roughly, where no host has counted. */
const CHARACTERS_A_TOKEN = 4;

/** Tokens of a text, roughly. */
export function tokensOf(characters: number): number {
  return Math.ceil(characters / CHARACTERS_A_TOKEN);
}

/** How long the next prompt will be: what the host counted last, and what has been added since. */
export class PromptSize {
  #counted = 0;
  #added = 0;
  #largestAnswer = 0;

  /** Takes note of a message that came behind the last answer. */
  add(message: Message): void {
    this.#added += textOf(message.content).length;
    if (message.role !== 'assistant') return;
    this.#added += message.reasoning?.length ?? 0;
    for (const call of message.toolCalls ?? []) this.#added += call.name.length + call.arguments.length;
  }

  /** What the host counted: the prompt of the last turn and its answer, which is part of the next prompt. */
  told({ inputTokens, outputTokens }: Usage): void {
    this.#counted = inputTokens + outputTokens;
    this.#added = 0;
    this.#largestAnswer = Math.max(this.#largestAnswer, outputTokens);
  }

  /** Whether a host has counted: what was not known before, such as the tools, is in it then. */
  get isCounted(): boolean {
    return this.#counted > 0;
  }

  get tokens(): number {
    return this.#counted + tokensOf(this.#added);
  }

  /** Tokens of the longest answer so far; 0 before the first. */
  get largestAnswer(): number {
    return this.#largestAnswer;
  }
}
