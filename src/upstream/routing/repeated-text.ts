/**
 * Joins the text of an answer that was begun again to what was already shown of it. What agrees from the beginning
 * on is swallowed: all of it, if everything shown comes again, else whole paragraphs; the rest follows after a
 * paragraph break.
 */
export class RepeatedText {
  readonly #shown: string;
  /** Characters of `#shown` that came again. */
  #position = 0;
  #state: 'agreeing' | 'gone-on' | 'diverged' = 'agreeing';
  /** Characters that were left out. */
  swallowed = 0;
  /** Where it does not agree: the new text from its beginning on. */
  again = '';

  constructor(shown: string) {
    this.#shown = shown;
  }

  get state(): 'agreeing' | 'gone-on' | 'diverged' {
    return this.#state;
  }

  /** What is to be shown of a piece of the new text. */
  push(text: string): string {
    if (this.#state !== 'agreeing') return text;
    const shown = this.#shown;
    const from = this.#position;
    const length = Math.min(text.length, shown.length - from);
    if (!shown.startsWith(text.slice(0, length), from)) return this.#diverge(text);
    this.#position += length;
    this.swallowed = this.#position;
    if (this.#position < shown.length) return '';
    this.#state = 'gone-on';
    return text.slice(length);
  }

  #diverge(text: string): string {
    const shown = this.#shown;
    this.#state = 'diverged';
    let agreed = 0;
    while (shown[this.#position + agreed] === text[agreed]) agreed++;
    const again = shown.slice(0, this.#position) + text;
    this.again = again;
    const paragraph = again.lastIndexOf('\n\n', this.#position + agreed - 2);
    const from = paragraph < 0 ? 0 : paragraph + 2;
    this.swallowed = from;
    const pause = shown.trim() === '' || shown.endsWith('\n\n') ? '' : shown.endsWith('\n') ? '\n' : '\n\n';
    return pause + again.slice(from);
  }
}
