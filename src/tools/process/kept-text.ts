/**
 * The beginning and the end of an output of any length, as UTF-8 text. It holds `limit` bytes and little more however
 * much comes: what a command says first and last is what matters.
 */
export class KeptText {
  readonly #headLimit: number;
  readonly #tailLimit: number;
  readonly #head: Buffer[] = [];
  readonly #tail: Buffer[] = [];
  #headBytes = 0;
  #tailBytes = 0;
  #total = 0;

  constructor(limit: number) {
    this.#headLimit = Math.ceil(limit / 2);
    this.#tailLimit = Math.floor(limit / 2);
  }

  push(chunk: Buffer): void {
    this.#total += chunk.length;
    const forHead = chunk.subarray(0, this.#headLimit - this.#headBytes);
    if (forHead.length > 0) {
      this.#headBytes += forHead.length;
      this.#head.push(forHead);
    }
    const rest = chunk.subarray(forHead.length);
    if (rest.length === 0) return;
    // A copy, so that no large chunk is kept alive by the few bytes of it that are wanted.
    this.#tail.push(Buffer.from(rest.subarray(-this.#tailLimit || rest.length)));
    this.#tailBytes += this.#tail.at(-1)!.length;
    while (this.#tail.length > 0 && this.#tailBytes - this.#tail[0]!.length >= this.#tailLimit) {
      this.#tailBytes -= this.#tail.shift()!.length;
    }
  }

  /** Bytes that came and are not in `text`. */
  get leftOut(): number {
    return Math.max(0, this.#total - this.#headLimit - this.#tailLimit);
  }

  /** All of it, or its two ends with a line between them that says how much is left out. */
  get text(): string {
    const head = Buffer.concat(this.#head);
    const tail = Buffer.concat(this.#tail).subarray(-this.#tailLimit || undefined);
    if (this.leftOut === 0) return Buffer.concat([head, tail]).toString('utf8');
    // A character that the cut went through is left out as well.
    const first = head.toString('utf8').replace(/\ufffd{1,3}$/, '');
    const last = tail.toString('utf8').replace(/^\ufffd{1,3}/, '');
    return `${first}\n[… ${this.leftOut} bytes left out …]\n${last}`;
  }
}
