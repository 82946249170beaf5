import type { Progress } from '../../verify/index.ts';
import { cutTo } from '../terminal/text.ts';
import type { VerifyOutput } from './flags.ts';

const BAR = 30;
/** Parts of the whole after each of which a line is written where nothing can be drawn over. */
const PARTS = 10;

/** A wait that is said at once, lest it looks like nothing happens. */
const LONG_WAIT_MS = 5000;

/** Shows how far a run is: a bar that is drawn over, or a line now and then. */
export class ProgressLine {
  readonly #output: VerifyOutput;
  readonly #what: string;
  #part = 0;
  #last = '';
  #drawn = false;

  /** `what` is counted, as in `questions`. */
  constructor(output: VerifyOutput, what: string) {
    this.#output = output;
    this.#what = what;
  }

  show({ done, total, waitMs }: Progress): void {
    if (total === 0) return;
    const waiting = waitMs > 500 ? `, waiting ${Math.ceil(waitMs / 1000)} s for the host` : '';
    if (this.#output.live) {
      const filled = Math.round((done / total) * BAR);
      const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`;
      const line = `${bar} ${done} of ${total} ${this.#what}${waiting}`;
      this.#output.err(`\r\x1b[2K${cutTo(line, Math.max(10, this.#output.columns - 1))}`);
      this.#drawn = true;
      return;
    }
    const part = Math.floor((done / total) * PARTS);
    if (part === this.#part && waitMs < LONG_WAIT_MS) return;
    this.#part = part;
    const line = `${done} of ${total} ${this.#what}${waiting}\n`;
    if (line === this.#last) return;
    this.#last = line;
    this.#output.err(line);
  }

  /** Takes the bar away. */
  hide(): void {
    if (this.#drawn) this.#output.err('\r\x1b[2K');
    this.#drawn = false;
  }
}
