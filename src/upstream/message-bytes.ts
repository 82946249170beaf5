import { isLasting, Kept } from '../core/index.ts';

/** Messages and tools that come again with every request of their conversation, as they are written. */
const written = new Kept<object, string>();

/** The JSON of a message or of a list of tools; kept with what lasts. */
export function keptText(value: object): string {
  return written.get(value) ?? written.set(value, jsonOf(value));
}

const inBytes = new Kept<object, Buffer>();

/** The same as bytes, which nobody may change. */
export function keptBytes(value: object): Buffer {
  return inBytes.get(value) ?? inBytes.set(value, Buffer.from(jsonOf(value)));
}

function jsonOf(value: object): string {
  return JSON.stringify(value) ?? 'null';
}

/** What a conversation has room for beyond what it needs, so that not every request copies it to a larger place. */
const GROWTH = 1.25;

/** By the last message that lasts, as long as somebody else holds that. */
const latest = new WeakMap<object, MessageBytes>();

/**
 * A list of messages as JSON, in bytes that the next call may change. The latest bytes of each conversation are kept: its next request
 * begins with the same messages, so only what is new is written.
 */
export function listBytes(messages: readonly object[]): Buffer {
  const bytes = takeLatest(messages) ?? new MessageBytes();
  const list = bytes.of(messages);
  const last = messages.findLast(isLasting);
  if (last) latest.set(last, bytes);
  return list;
}

/** Taken away, so that what two conversations begin with alike is not written anew for each of them in turns. */
function takeLatest(messages: readonly object[]): MessageBytes | undefined {
  for (let at = messages.length - 1; at >= 0; at--) {
    const known = latest.get(messages[at]!);
    if (known === undefined) continue;
    latest.delete(messages[at]!);
    return known;
  }
  return undefined;
}

/** The list of one conversation, as it was last. One that shares less goes on from where they part. */
class MessageBytes {
  #bytes = Buffer.alloc(0);
  readonly #messages: object[] = [];
  /** Where each message ends, counted from the bracket. */
  readonly #ends: number[] = [];

  of(messages: readonly object[]): Buffer {
    let same = 0;
    const most = Math.min(messages.length, this.#messages.length);
    while (same < most && this.#messages[same] === messages[same]) same++;
    this.#messages.length = same;
    this.#ends.length = same;
    const texts = messages.slice(same).map(jsonOf);
    let length = same === 0 ? 0 : this.#ends[same - 1]!;
    this.#reserve(length + texts.reduce((sum, text) => sum + text.length + 1, 2), length);
    if (same === 0) length = this.#append('[', 0);
    for (const [at, text] of texts.entries()) {
      length = this.#append(same + at === 0 ? text : `,${text}`, length);
      this.#messages.push(messages[same + at]!);
      this.#ends.push(length);
    }
    return this.#bytes.subarray(0, this.#append(']', length));
  }

  #append(text: string, at: number): number {
    // Three bytes are the most that a unit of UTF-16 takes.
    if (at + text.length * 3 > this.#bytes.length) this.#reserve(at + Buffer.byteLength(text), at);
    return at + this.#bytes.write(text, at);
  }

  /** Makes room for so many bytes, the first `used` of which are kept. */
  #reserve(need: number, used: number): void {
    if (need <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.ceil(need * GROWTH));
    this.#bytes.copy(larger, 0, 0, used);
    this.#bytes = larger;
  }
}
