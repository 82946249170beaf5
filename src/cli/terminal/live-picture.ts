import type { CallRow } from './call-row.ts';
import type { Screen } from './screen.ts';
import { oneLine } from './text.ts';

const TICK_MS = 80;
/** Rows that are drawn again and again: a turn may have a thousand calls, a terminal has few rows. */
const MOST_ROWS = 12;

/** The last lines of a live screen, drawn over in place until they are hidden. */
export class LivePicture {
  readonly #screen: Screen;
  readonly #rows: () => readonly CallRow[];
  readonly #footer: () => string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #drawn = 0;
  #frame = 0;

  constructor(screen: Screen, rows: () => readonly CallRow[], footer: () => string | undefined) {
    this.#screen = screen;
    this.#rows = rows;
    this.#footer = footer;
  }

  /** Shows the rows with the next tick, at once if nothing is shown. Nothing happens where nothing is live. */
  show(): void {
    if (!this.#screen.live || this.#timer) return;
    this.#timer = setInterval(() => {
      this.#frame++;
      this.#draw();
    }, TICK_MS).unref();
    this.#draw();
  }

  hide(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#drawn > 0) this.#screen.write(this.#erasure());
    this.#drawn = 0;
  }

  #draw(): void {
    const rows = this.#rows();
    // Lines that have left the screen at its top could not be drawn over.
    const most = Math.max(1, Math.min(MOST_ROWS, this.#screen.rows - 4));
    const shown = rows.length <= most ? rows : mostTelling(rows, most);
    const lines = shown.map((row) => row.line(this.#screen, this.#frame));
    if (shown.length < rows.length) {
      const over = rows.filter((row) => row.isOver).length;
      lines.push(`  … ${rows.length - shown.length} more; ${over} of ${rows.length} done\n`);
    }
    const footer = this.#footer();
    if (footer !== undefined) {
      lines.push(`  ${this.#screen.colors.dim(oneLine(footer, this.#screen.columns - 4))}\n`);
    }
    this.#screen.write(this.#erasure() + lines.join(''));
    this.#drawn = lines.length;
  }

  #erasure(): string {
    return this.#drawn > 0 ? `\x1b[${this.#drawn}A\x1b[0J` : '';
  }
}

/** Those that still run or are written, in their order; those that are over where there is room. */
function mostTelling(rows: readonly CallRow[], most: number): readonly CallRow[] {
  const open = rows.filter((row) => !row.isOver);
  const chosen = new Set([...open, ...rows].slice(0, Math.max(most, 0)));
  return rows.filter((row) => chosen.has(row)).slice(0, most);
}
