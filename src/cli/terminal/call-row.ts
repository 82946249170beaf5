import { errorText } from './error-text.ts';
import { count, duration, type Screen } from './screen.ts';
import { oneLine, textWidth } from './text.ts';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
/** Characters of the arguments that a row keeps: it shows one line of them. */
const KEPT = 2000;
/** Characters from which a call that is being written shows how far it is. */
const LONG = 200;

/** One call on the board. */
export class CallRow {
  readonly name: string;
  arguments = '';
  state: 'writing' | 'waiting' | 'running' | 'done' | 'failed' = 'writing';
  /** Undefined: it never ran. */
  startedAt: number | undefined;
  ms = 0;
  output = '';
  /** What is wrong with it, until its result says more. */
  problem: string | undefined;
  #written = 0;

  constructor(name: string) {
    this.name = name;
  }

  get isOver(): boolean {
    return this.state === 'done' || this.state === 'failed';
  }

  write(delta: string): void {
    this.#written += delta.length;
    if (this.arguments.length < KEPT) this.arguments += delta;
  }

  end(output: string, isError: boolean, ms = 0): void {
    this.state = isError ? 'failed' : 'done';
    this.ms = ms;
    this.output = isError ? errorText(output) : output;
  }

  /** The row while it lives, one line that fits the screen. */
  line({ colors, columns }: Screen, frame: number): string {
    const signs = {
      writing: colors.dim('✎'),
      waiting: colors.dim('·'),
      running: colors.cyan(SPINNER[frame % SPINNER.length]!),
      done: colors.green('✓'),
      failed: colors.red('✗'),
    };
    const info = this.#info();
    const name = oneLine(this.name, Math.max(8, Math.floor(columns / 2)));
    const left = columns - 7 - textWidth(name) - textWidth(info);
    const text = left < 4 ? '' : oneLine(this.arguments, left);
    return `  ${[signs[this.state], colors.bold(name), text, colors.dim(info)].filter(Boolean).join(' ')}\n`;
  }

  /** The row as it stays: the call, and below it what came of it. */
  lines(screen: Screen): string {
    const output = oneLine(this.output, screen.columns - 5);
    if (output === '') return this.line(screen, 0);
    const { red, dim } = screen.colors;
    return `${this.line(screen, 0)}    ${this.state === 'failed' ? red(output) : dim(output)}\n`;
  }

  #info(): string {
    if (this.state === 'running') return duration(performance.now() - (this.startedAt ?? 0));
    if (this.state === 'writing') return this.#written < LONG ? '' : `${count(this.#written)} characters`;
    return this.startedAt !== undefined && this.isOver ? duration(this.ms) : '';
  }
}
