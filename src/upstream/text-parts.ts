/**
 * A text that grows by small pieces and is seldom read. As a string that was added to it would be four times as large,
 * since each addition stays a node of its own.
 */
export class TextParts {
  length = 0;
  #parts: string[] = [];

  add(part: string): void {
    this.#parts.push(part);
    this.length += part.length;
  }

  set(text: string): void {
    this.#parts = [text];
    this.length = text.length;
  }

  toString(): string {
    if (this.#parts.length > 1) this.#parts = [this.#parts.join('')];
    return this.#parts[0] ?? '';
  }
}
