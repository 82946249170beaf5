import type { ToolCallDelta } from '../../core/index.ts';
import { type Edit, edited } from './edits.ts';

/** The deltas that have not been released yet, and what is to be changed in them. Positions count from the first. */
export class Held {
  /** Something is not decided yet. */
  holding = false;
  /** Where the piece that is being read begins. */
  base = 0;
  #deltas: ToolCallDelta[] = [];
  #edits: Edit[] = [];
  #firstTentative = -1;
  #piece = '';
  #text: string | undefined;

  /** Whether a piece that was just read may pass as it is. */
  get isIdle(): boolean {
    return !this.holding && this.#deltas.length === 0 && this.#edits.length === 0;
  }

  /** A piece is going to be read. */
  begin(piece: string): void {
    this.#piece = piece;
    this.#text = undefined;
  }

  /** Notes a change, behind all others. */
  edit(at: number, remove: number, insert: string, tentative = false): void {
    if (tentative && this.#firstTentative < 0) this.#firstTentative = this.#edits.length;
    this.#edits.push({ at, remove, insert, tentative });
  }

  /** Changes that were noted tentatively count. */
  keepTentative(): void {
    this.#firstTentative = -1;
  }

  /** Changes that were noted tentatively, and not kept, do not count. */
  dropTentative(): void {
    if (this.#firstTentative < 0) return;
    const last = this.#edits.splice(this.#firstTentative);
    for (const edit of last) if (!edit.tentative) this.#edits.push(edit);
    this.#firstTentative = -1;
  }

  /** Puts what `change` makes of a part, with its changes, in the part's place; undefined: it stays as it is. */
  replace(from: number, to: number, change: (text: string) => string | undefined): boolean {
    let first = this.#edits.length;
    while (first > 0 && this.#edits[first - 1]!.at >= from) first--;
    const inside = this.#edits.splice(first);
    this.#text ??= this.#joined() + this.#piece;
    const changed = change(edited(this.#text, inside, from, to));
    if (changed === undefined) for (const edit of inside) this.#edits.push(edit);
    else this.edit(from, to - from, changed);
    return changed !== undefined;
  }

  /** The piece that was read is held. */
  add(delta: ToolCallDelta): void {
    this.#deltas.push(delta);
    this.base += delta.delta.length;
    this.begin('');
  }

  /** Gives everything out: the very events where nothing has to change. */
  release(out: ToolCallDelta[]): void {
    const [first] = this.#deltas;
    if (!first) return;
    if (this.#edits.length === 0) for (const delta of this.#deltas) out.push(delta);
    else {
      const delta = edited(this.#joined(), this.#edits);
      if (delta !== '') out.push({ ...first, delta });
    }
    this.clear();
  }

  /** Forgets everything that is held. */
  clear(): void {
    this.#deltas = [];
    this.#edits = [];
    this.#firstTentative = -1;
    this.base = 0;
    this.holding = false;
  }

  /** All that is held, as it came. */
  get raw(): string {
    return this.#joined();
  }

  #joined(): string {
    if (this.#deltas.length === 1) return this.#deltas[0]!.delta;
    return this.#deltas.map(({ delta }) => delta).join('');
  }
}
