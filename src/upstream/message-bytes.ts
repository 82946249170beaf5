import { Kept } from '../core/index.ts';

/** Messages that come again with every request of their conversation, as they are written. */
const written = new Kept<object, string>();

/** The JSON of a message; kept with those that last. */
export function messageText(message: object): string {
  return written.get(message) ?? written.set(message, JSON.stringify(message) ?? 'null');
}

const LEAST = 64 * 1024;

/**
 * The list of messages of the latest request as bytes. The next request of its conversation begins with the same messages,
 * so only what is new is written; one that shares less goes on from where they part.
 */
export class MessageBytes {
  #bytes = Buffer.alloc(0);
  readonly #messages: object[] = [];
  /** Where each message ends, counted from the bracket. */
  readonly #ends: number[] = [];

  /** The list as JSON, in bytes that the next call changes. */
  of(messages: readonly object[]): Buffer {
    let same = 0;
    const most = Math.min(messages.length, this.#messages.length);
    while (same < most && this.#messages[same] === messages[same]) same++;
    this.#messages.length = same;
    this.#ends.length = same;
    let length = same === 0 ? this.#append('[', 0) : this.#ends[same - 1]!;
    for (let at = same; at < messages.length; at++) {
      const text = messageText(messages[at]!);
      length = this.#append(at === 0 ? text : `,${text}`, length);
      this.#messages.push(messages[at]!);
      this.#ends.push(length);
    }
    return this.#bytes.subarray(0, this.#append(']', length));
  }

  #append(text: string, at: number): number {
    // Three bytes are the most that a unit of UTF-16 takes.
    const need = at + text.length * 3;
    if (need > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(LEAST, need, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at + this.#bytes.write(text, at);
  }
}
