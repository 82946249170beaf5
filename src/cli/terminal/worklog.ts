import type { AgentEvent, Retry } from '../../agent/index.ts';
import { CallBoard } from './call-board.ts';
import { eventNote } from './event-note.ts';
import { Progress } from './progress.ts';
import { duration, type Screen } from './screen.ts';
import { PrintableStream, printable } from './text.ts';

/** What stands on the screen; an empty line keeps one kind from the next. */
type Block = 'nothing' | 'reasoning' | 'text' | 'calls' | 'note' | 'earlier';

/** Shows a run as it happens: reasoning dimmed, the calls of a turn side by side, the answer as it comes. */
export class Worklog {
  readonly #screen: Screen;
  readonly #board: CallBoard;
  readonly #progress = new Progress();
  readonly #printable = new PrintableStream();
  /** What the pieces of text so far were. */
  #kind: 'reasoning' | 'text' | undefined;
  #block: Block = 'nothing';
  /** Line breaks at the end of what was written. */
  #breaks = 2;
  /** The turn has shown something. */
  #shown = false;
  /** What waits until a question is answered. */
  #held: (() => void)[] | undefined;
  #release: () => void = () => {};

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#board = new CallBoard(
      screen,
      (line) => this.#put(line),
      () => this.#progress.live,
    );
  }

  /** Takes the live rows away and writes nothing until the returned function is called: a question stands open. */
  hold(): () => void {
    this.#open('note');
    const held: (() => void)[] = [];
    this.#held = held;
    const release = () => {
      if (this.#held !== held) return;
      this.#held = undefined;
      // The question and its answer stand on lines of their own.
      this.#block = 'note';
      this.#breaks = 1;
      if (!this.#board.isEmpty) {
        this.#open('calls');
        this.#board.show();
      }
      for (const write of held) write();
    };
    this.#release = release;
    return release;
  }

  show(event: AgentEvent): void {
    if (this.#held) {
      this.#held.push(() => this.show(event));
      return;
    }
    this.#progress.see(event);
    switch (event.type) {
      case 'step-start':
        this.#shown = false;
        this.#await();
        return;
      case 'reasoning-delta':
        this.#write('reasoning', event.delta);
        return;
      case 'text-delta':
        this.#write('text', event.delta);
        return;
      case 'tool-call-start':
        this.#open('calls');
        this.#board.begin(event.index, event.name);
        return;
      case 'tool-call-delta':
        this.#board.write(event.index, event.delta);
        return;
      case 'tool-call-end':
        this.#board.written(event.index);
        return;
      case 'tool-call-invalid':
        this.#open('calls');
        this.#board.invalid(event);
        return;
      case 'tool-start':
        this.#open('calls');
        this.#board.start(event.index, event.name, event.arguments);
        return;
      case 'tool-result':
        this.#open('calls');
        this.#board.end(event.index, event.name, event);
        return;
      case 'retry':
        this.#retry(event);
        return;
      case 'resumed':
        // What was under way when the run broke off is told anew.
        this.#board.discard();
        this.note(eventNote(event));
        return;
      case 'steered':
      case 'pruned':
      case 'limit':
      case 'approval-request':
      case 'approval':
        this.note(eventNote(event));
        return;
      case 'step-end':
        this.close();
        if (this.#progress.isDue) this.note(`— ${this.#progress.line()} —`);
        return;
      case 'end':
        this.close();
        return;
      case 'finish':
        return;
      default:
        event satisfies never;
    }
  }

  /** Nothing was shown yet. */
  get isEmpty(): boolean {
    return this.#block === 'nothing';
  }

  /** A line between what the run itself writes. */
  note(text: string): void {
    if (this.#held) {
      this.#held.push(() => this.note(text));
      return;
    }
    const before = this.#block;
    this.#open('note');
    this.#put(`${this.#screen.colors.dim(printable(text).trimEnd())}\n`);
    if (before !== 'calls' || this.#board.isEmpty) return;
    this.#open('calls');
    this.#board.show();
  }

  /** Leaves the screen in order, also after a failure. */
  close(): void {
    this.#release();
    this.#board.hide();
    this.#endLine();
    if (!this.#board.isEmpty) {
      this.#open('calls');
      this.#board.close();
    }
    if (this.#block !== 'nothing') this.#block = 'earlier';
  }

  /** While the model is waited for, a live screen says how far the run is. */
  #await(): void {
    if (!this.#screen.live || this.#progress.live === undefined) return;
    this.#open('calls');
    this.#board.show();
  }

  #retry({ error, waitMs }: Retry): void {
    const isVoid = this.#shown || !this.#board.isEmpty;
    this.#board.discard();
    this.#open('note');
    const again = waitMs === 0 ? 'at once' : `in ${duration(waitMs)}`;
    const text = `${error.message}${isVoid ? ' What it wrote of this answer is void.' : ''} Asking again ${again}.`;
    this.#put(`${this.#screen.colors.yellow(printable(`! ${text}`))}\n`);
    this.#shown = false;
  }

  #write(kind: 'reasoning' | 'text', text: string): void {
    if (this.#kind !== kind) this.#printable.reset();
    this.#kind = kind;
    let shown = this.#printable.push(text);
    if (this.#block !== kind) {
      shown = shown.replace(/^\s*\n/, '');
      if (shown.trim() === '') return;
      this.#open(kind);
    }
    if (shown === '') return;
    this.#shown = true;
    this.#put(shown, kind === 'reasoning' ? this.#screen.colors.dim : undefined);
  }

  /** Goes over to another kind of text, an empty line between the two. */
  #open(block: Block): void {
    if (this.#block === block) return;
    if (this.#block === 'calls') this.#board.hide();
    this.#endLine();
    if (this.#block !== 'nothing' && this.#breaks < 2) this.#put('\n');
    this.#block = block;
  }

  #endLine(): void {
    if (this.#breaks === 0) this.#put('\n');
  }

  #put(text: string, style: (text: string) => string = (plain) => plain): void {
    this.#screen.write(style(text));
    const trailing = /\n*$/.exec(text)![0].length;
    this.#breaks = Math.min(2, trailing === text.length ? this.#breaks + trailing : trailing);
  }
}
