import { createInterface, type Interface } from 'node:readline';
import type { Ask } from './approve-in-terminal.ts';

/** What a person types: lines for whoever waits for one, the others to the handler. */
export class Conversation {
  readonly #lines: Interface;
  readonly #isTerminal: boolean;
  #waiting: ((line: string | undefined) => void) | undefined;
  readonly #early: string[] = [];
  #isOver = false;
  /** Is given what a person types while nobody waits for it; lines of a pipe are kept for the next who does. */
  onLine: ((line: string) => void) | undefined;
  onInterrupt: () => void = () => {};

  constructor() {
    const { stdin, stdout } = process;
    this.#isTerminal = stdin.isTTY === true && stdout.isTTY === true;
    this.#lines = createInterface({ input: stdin, output: stdout, terminal: this.#isTerminal });
    this.#lines.on('line', (line) => this.#take(line));
    this.#lines.on('SIGINT', () => {
      // What is being typed is given up first, as in a shell.
      if (this.#lines.line === '') this.onInterrupt();
      else for (const name of ['e', 'u']) this.#lines.write(null, { ctrl: true, name });
    });
    this.#lines.on('close', () => {
      this.#isOver = true;
      this.#answer(undefined);
    });
  }

  /** The next line; `undefined` at the end of the input. */
  next(prompt: string): Promise<string | undefined> {
    const early = this.#early.shift();
    if (early !== undefined) return Promise.resolve(early);
    if (this.#isOver) return Promise.resolve(undefined);
    if (this.#isTerminal) {
      this.#lines.setPrompt(prompt);
      this.#lines.prompt();
    }
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Asks, unless the signal fires first. */
  readonly ask: Ask = async (question, signal) => {
    if (!this.#isTerminal) process.stdout.write(question);
    const gone = new Promise<undefined>((resolve) =>
      signal.addEventListener('abort', () => resolve(undefined), { once: true }),
    );
    const said = await Promise.race([this.next(question), gone]);
    if (signal.aborted) this.#waiting = undefined;
    if (said === undefined || !this.#isTerminal) process.stdout.write('\n');
    return said;
  };

  close(): void {
    this.#lines.close();
  }

  #take(line: string): void {
    if (this.#waiting) this.#answer(line);
    else if (this.onLine && this.#isTerminal) this.onLine(line);
    else this.#early.push(line);
  }

  #answer(line: string | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(line);
  }
}
