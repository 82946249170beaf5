import type { CallResult } from '../result.ts';

/** Notices that identical calls are made again and again. */
export class RepeatGuard {
  readonly #levels: readonly number[];
  /** By tool and arguments: how often in a row without anything new, and what it gave. */
  readonly #seen = new Map<string, Map<string, Seen>>();
  /** Goes up with everything new: counts of an earlier one are void. */
  #generation = 0;
  #worst = 0;

  /** `levels`: at which counts the model is told; at the last one it is stopped. Empty: never. */
  constructor(levels: readonly number[]) {
    this.#levels = levels;
  }

  /** How often this call has been made with this result, this time included, if the model must be told; else undefined. */
  due(name: string, written: string, output: string): number | undefined {
    const known = this.#seen.get(name)?.get(written);
    if (!known || known.output !== output) return undefined;
    const count = this.#countOf(known) + 1;
    return this.#levels.includes(count) ? count : undefined;
  }

  /**
   * Takes note of what came of a call, also of one that was refused. A call that was never made before is progress, and so
   * is another result: the counts start anew.
   */
  add({ name, arguments: written, output }: CallResult): void {
    if (this.#levels.length === 0) return;
    let ofTool = this.#seen.get(name);
    if (!ofTool) this.#seen.set(name, (ofTool = new Map()));
    const known = ofTool.get(written);
    if (known?.output !== output) {
      this.#generation++;
      this.#worst = 0;
      ofTool.set(written, { count: 1, output, generation: this.#generation });
      return;
    }
    known.count = this.#countOf(known) + 1;
    known.generation = this.#generation;
    this.#worst = Math.max(this.#worst, known.count);
  }

  /** The model goes in circles, though it was told. */
  get isOver(): boolean {
    const last = this.#levels.at(-1);
    return last !== undefined && this.#worst >= last;
  }

  #countOf(seen: Seen): number {
    return seen.generation === this.#generation ? seen.count : 0;
  }
}

interface Seen {
  count: number;
  output: string;
  generation: number;
}

/** A result as the model reads it. */
export function contentOf({ output, repeats }: Pick<CallResult, 'output' | 'repeats'>): string {
  return repeats === undefined ? output : output + repeatNotice(repeats);
}

/** What the model is told behind a result that it has seen before. */
function repeatNotice(count: number): string {
  return (
    `\n\n[This call has now been made ${count} times with the same arguments and the same result. ` +
    'Making it again will not help: use what you know, try something else, or answer.]'
  );
}
