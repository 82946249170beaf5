import { APOSTROPHE, BACKSLASH, QUOTE, SPACE } from './characters.ts';
import { controlEscape, escapeKind } from './escapes.ts';
import type { Held } from './held.ts';

/** A longer key is no field of any schema. */
const MAX_KEY = 1_000;

/** How a string ended: `clear` unless its escapes can have been meant in two ways. */
export interface StringEnd {
  readonly clear: boolean;
  /** Repairs that were made in it. */
  readonly kinds: readonly string[];
}

/** Reads one string after the other, notes what has to be changed in them, and holds those that may have to be. */
export class StringReader {
  /** Where the string begins, as a position in `held`, while it is held. */
  start = 0;
  /** The beginning of the string as it is written. */
  written = '';
  readonly #held: Held;
  #quote = QUOTE;
  #keeps = false;
  #escaped = false;
  #letters = false;
  #unsure = false;
  #stray = false;
  #control = false;

  constructor(held: Held) {
    this.#held = held;
  }

  /** A string begins. `holds`: it is held to its end; `keeps`: its beginning is wanted. */
  begin(at: number, quote: number, holds: boolean, keeps: boolean): void {
    this.#quote = quote;
    this.#keeps = keeps;
    this.#escaped = false;
    this.#letters = false;
    this.#unsure = false;
    this.#stray = false;
    this.#control = false;
    this.start = this.#held.base + at;
    this.written = '';
    if (holds || quote === APOSTROPHE) this.#held.holding = true;
    if (quote === APOSTROPHE) this.#held.edit(this.start, 1, '"', true);
  }

  /** Reads on from `from`. The position of the closing quote, or the text's length where it is not in it. */
  read(text: string, from: number): number {
    const quote = this.#quote;
    let at = from;
    while (at < text.length) {
      if (this.#escaped) {
        this.#readEscape(text, at++);
        continue;
      }
      const begin = at;
      let code = 0;
      while (at < text.length) {
        code = text.charCodeAt(at);
        if (code === quote || code === BACKSLASH || code < SPACE || code === QUOTE) break;
        at++;
      }
      if (this.#keeps) this.#keep(text.slice(begin, at));
      if (at === text.length || code === quote) return at;
      if (code === BACKSLASH) this.#escaped = true;
      else if (code === QUOTE) this.#held.edit(this.#held.base + at, 1, '\\"', true);
      else {
        this.#control = true;
        this.#held.edit(this.#held.base + at, 1, controlEscape(text[at]!));
      }
      at++;
    }
    return at;
  }

  /** The closing quote stands at `at`. */
  end(at: number): StringEnd {
    const isPython = this.#quote === APOSTROPHE;
    if (isPython) this.#held.edit(this.#held.base + at, 1, '"', true);
    const clear = !this.#unsure && !(this.#stray && this.#letters);
    if (clear) this.#held.keepTentative();
    else this.#held.dropTentative();
    const kinds: string[] = [];
    if (this.#control) kinds.push('a control character in a string');
    if (clear && this.#stray) kinds.push('a stray backslash');
    if (clear && isPython) kinds.push('single quotes');
    return { clear, kinds };
  }

  /** The character after a backslash, which may have come with the piece before and is never changed itself. */
  #readEscape(text: string, at: number): void {
    const character = text[at]!;
    const place = this.#held.base + at;
    this.#escaped = false;
    if (this.#keeps) this.#keep(`\\${character}`);
    if (this.#quote === APOSTROPHE && (character === "'" || character === '/')) {
      // `\'` is the apostrophe; `\/` is a slash to some and a backslash and a slash to others.
      if (character === "'") this.#held.edit(place - 1, 1, '', true);
      else this.#unsure = true;
      return;
    }
    const kind = escapeKind(character);
    if (kind === 'letter') this.#letters = true;
    if (kind === 'unsure') this.#unsure = true;
    if (kind !== 'stray') return;
    this.#stray = true;
    this.#held.holding = true;
    this.#held.edit(place, 0, '\\', true);
  }

  #keep(text: string): void {
    if (this.written.length < MAX_KEY) this.written += text;
  }
}
