/** So many pieces are joined to one: few enough to be cheap to hold, enough that none is copied often. */
const MOST_PIECES = 64;

/**
 * A text that grows by small pieces and is seldom read. As a string that was added to it would be four times as large,
 * since each addition stays a node of its own.
 */
export class TextParts {
  length = 0;
  /** Long ones, of many pieces each, in order. */
  #joined: string[] = [];
  #pieces: string[] = [];

  add(piece: string): void {
    this.#pieces.push(piece);
    this.length += piece.length;
    if (this.#pieces.length < MOST_PIECES) return;
    this.#joined.push(this.#pieces.join(''));
    this.#pieces = [];
  }

  set(text: string): void {
    this.#joined = [text];
    this.#pieces = [];
    this.length = text.length;
  }

  toString(): string {
    if (this.#joined.length !== 1 || this.#pieces.length > 0) {
      this.#joined = [this.#joined.join('') + this.#pieces.join('')];
      this.#pieces = [];
    }
    return this.#joined[0] ?? '';
  }
}
