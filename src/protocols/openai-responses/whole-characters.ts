const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

/**
 * Keeps the halves of a character together when a text was cut between them: strict JSON readers (Codex's) drop an
 * event with half a character, and the call in it. A half that stays alone becomes U+FFFD.
 */
export class WholeCharacters {
  #half = '';

  push(delta: string): string {
    let text = delta;
    if (this.#half !== '') {
      text = this.#half + delta;
      this.#half = '';
    }
    if (isHighSurrogate(text.charCodeAt(text.length - 1))) {
      this.#half = text.slice(-1);
      text = text.slice(0, -1);
    }
    return text.isWellFormed() ? text : text.toWellFormed();
  }

  /** What became of a half that was kept. */
  end(): string {
    const half = this.#half;
    this.#half = '';
    return half.toWellFormed();
  }
}
