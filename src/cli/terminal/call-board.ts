import type { ToolCallInvalid } from '../../core/index.ts';
import { CallRow } from './call-row.ts';
import { LivePicture } from './live-picture.ts';
import { duration, type Screen } from './screen.ts';
import { oneLine } from './text.ts';

/** Rows of one turn that stay in full; of more, as many of those that failed. */
const MOST_ROWS = 20;

/** Milliseconds by which two clocks may differ. */
const CLOCK_MS = 20;

/** Of a call that began, with a run that ended before its result was told: its process is gone, or was cut off. */
const UNKNOWN = 'the run broke off while it ran: its result is not known';

const PROBLEMS: Readonly<Record<ToolCallInvalid['reason'], string>> = {
  cut: 'not executed: the output ended in the middle of this call',
  unresolved: 'not executed: it cannot be told which tool was meant',
  undeclared: 'not executed: there is no such tool',
  'invalid-arguments': 'not executed: its arguments are not a JSON object',
};

/**
 * The calls of one turn, side by side: on a live screen one row each, drawn over while they are written and
 * run; elsewhere a line when a call starts and a line when its result is there.
 */
export class CallBoard {
  readonly #screen: Screen;
  readonly #print: (lines: string) => void;
  readonly #picture: LivePicture;
  readonly #rows = new Map<number, CallRow>();
  /** Counts down: calls that the model began without a position of their own. */
  #nextOdd = -1;

  /** `print` writes what stays, in whole lines; `footer` is the line below the live rows. */
  constructor(screen: Screen, print: (lines: string) => void, footer: () => string | undefined) {
    this.#screen = screen;
    this.#print = print;
    this.#picture = new LivePicture(screen, () => [...this.#rows.values()], footer);
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** The model has begun to write a call. */
  begin(index: number, name: string): void {
    this.#rows.set(index, new CallRow(name));
    this.#picture.show();
  }

  write(index: number, delta: string): void {
    this.#rows.get(index)?.write(delta);
  }

  /** The call is whole and waits for the rest of the turn. */
  written(index: number): void {
    const row = this.#rows.get(index);
    if (row) row.state = 'waiting';
    this.#picture.show();
  }

  /** The call must not be run as it stands. */
  invalid({ index, reason, name, rawId, arguments: text }: ToolCallInvalid): void {
    let row = index === undefined ? undefined : this.#rows.get(index);
    if (!row) {
      row = new CallRow(name || rawId || '(no name)');
      row.write(text);
      this.#rows.set(index ?? this.#nextOdd--, row);
    }
    row.state = 'waiting';
    row.problem = PROBLEMS[reason];
    this.#picture.show();
  }

  start(index: number, name: string, text: string): void {
    const row = this.#row(index, name);
    row.state = 'running';
    row.arguments = text;
    row.startedAt = performance.now();
    if (this.#screen.live) this.#picture.show();
    else this.#print(`  → ${this.#fit([row.name, row.arguments])}\n`);
  }

  end(
    index: number,
    name: string,
    result: { arguments: string; output: string; isError: boolean; ms: number },
  ): void {
    const row = this.#row(index, name);
    if (row.arguments === '') row.write(result.arguments);
    row.end(result.output, result.isError, result.ms);
    if (this.#screen.live) this.#picture.show();
    else this.#printEnd(row);
  }

  /** Puts the live rows back. */
  show(): void {
    this.#picture.show();
  }

  /** Takes the live rows off the screen, for text that has to come before them. */
  hide(): void {
    this.#picture.hide();
  }

  /** What was written is void: nothing of it stays. */
  discard(): void {
    this.#picture.hide();
    this.#reset();
  }

  /** All results are there: the rows stay as they are, and the next turn gets a board of its own. */
  close(): void {
    this.#picture.hide();
    const rows = [...this.#rows.values()];
    for (const row of rows) {
      if (row.isOver) continue;
      const wasRunning = row.startedAt !== undefined;
      row.startedAt = undefined;
      row.end(row.problem ?? (wasRunning ? UNKNOWN : 'not executed: the answer broke off'), true);
      if (!this.#screen.live) this.#printEnd(row);
    }
    if (this.#screen.live) this.#printRows(rows);
    const ran = rows.flatMap(({ startedAt, ms }) => (startedAt === undefined ? [] : [{ startedAt, ms }]));
    if (ran.length > 1) {
      const first = ran.reduce((earliest, { startedAt }) => Math.min(earliest, startedAt), Infinity);
      const together = performance.now() - first;
      const apart = ran.reduce((sum, { ms }) => sum + ms, 0);
      // A run that is looked at later is told faster than it went.
      const isLive = together >= Math.max(...ran.map(({ ms }) => ms)) - CLOCK_MS;
      const line = `${ran.length} calls side by side: ${duration(together)} instead of ${duration(apart)} one by one`;
      if (isLive && together < apart) this.#print(`  ${this.#screen.colors.dim(line)}\n`);
    }
    this.#reset();
  }

  #reset(): void {
    this.#rows.clear();
    this.#nextOdd = -1;
  }

  /** The row of a position; a cut call may have got its position only after it was written. */
  #row(index: number, name: string): CallRow {
    const row = this.#rows.get(index);
    if (row) return row;
    for (const [odd, candidate] of this.#rows) {
      if (odd < 0 && candidate.name === name && candidate.problem === PROBLEMS.cut) return candidate;
    }
    this.begin(index, name);
    return this.#rows.get(index)!;
  }

  #printRows(rows: readonly CallRow[]): void {
    const failed = rows.slice(MOST_ROWS).filter((row) => row.state === 'failed');
    const shown = [...rows.slice(0, MOST_ROWS), ...failed.slice(0, MOST_ROWS)];
    for (const row of shown) this.#print(row.lines(this.#screen));
    if (shown.length === rows.length) return;
    const unseen = failed.length - Math.min(failed.length, MOST_ROWS);
    const how = unseen === 0 ? 'all done' : `${unseen} of them failed`;
    this.#print(`  … and ${rows.length - shown.length} more, ${how}\n`);
  }

  #printEnd(row: CallRow): void {
    const { colors } = this.#screen;
    const sign = row.state === 'failed' ? colors.red('✗') : '←';
    const time = row.startedAt !== undefined ? duration(row.ms) : '';
    // A line that could belong to several calls, or to one that never started, says which it means.
    const alike = [...this.#rows.values()].filter(({ name }) => name === row.name).length > 1;
    const which = alike || row.startedAt === undefined ? `${oneLine(row.arguments, 60)} ·` : '';
    this.#print(`  ${sign} ${this.#fit([row.name, which, time, row.output])}\n`);
  }

  /** The parts on one line; the last is cut to what is left. */
  #fit(parts: readonly string[]): string {
    return oneLine(parts.filter(Boolean).join(' '), Math.max(20, this.#screen.columns - 4));
  }
}
