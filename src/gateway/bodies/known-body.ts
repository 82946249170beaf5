import { isJsonObject, markLasting } from '../../core/index.ts';
import { type Frame, STAND_IN, STAND_IN_JSON } from './frame.ts';
import { largestCount } from './largest-count.ts';
import { addObjectEnds, listStart } from './list-places.ts';

/** The body of a request, and the list of messages that was parsed from it. */
export interface ParsedBody {
  /** Nobody changes them any more. */
  readonly bytes: Buffer;
  /** The field of the list. */
  readonly field: string;
  readonly messages: readonly unknown[];
}

/** An earlier body and how many of its first messages another one has too. */
export interface Shared {
  readonly body: KnownBody;
  readonly count: number;
}

/** A body that is kept, so that the next of its conversation need not be parsed from the beginning. */
export class KnownBody {
  readonly #parsed: ParsedBody;
  /** The position behind the bracket of the list; -1: not looked for, or there is none. */
  #start = -1;
  /** The position behind each message, as far as it was looked for. */
  readonly #ends: number[] = [];
  /** The list that was found is the one that was parsed: a field may stand twice, and the last one counts. */
  #isProven = false;
  /** It is another one, or none was found. */
  #isOdd = false;
  /** How many of the messages were declared to last. */
  #marked = 0;

  /** `shared`: the earlier body from which its first messages were taken; none of them, if it only begins like that. */
  constructor(parsed: ParsedBody, shared?: Shared) {
    this.#parsed = parsed;
    if (!shared) return;
    const { body, count } = shared;
    if (!body.#agrees(parsed.bytes, 0, body.#start)) return;
    this.#start = body.#start;
    this.#ends = body.#ends.slice(0, count);
    this.#isProven = count > 0;
    this.#marked = count > 0 ? parsed.messages.length : 0;
  }

  /** What of it stands, byte for byte and behind the same bytes, in another body too. */
  sharedWith(bytes: Buffer): Shared {
    this.#findEnds();
    const ends = this.#ends;
    const count = largestCount(ends.length, (tried, least) =>
      this.#agrees(bytes, least === 0 ? 0 : ends[least - 1]!, ends[tried - 1]!),
    );
    return { body: this, count };
  }

  /** Whether a body that shares so many messages goes on with this one's conversation, and does not only begin like it. */
  isContinuedBy(count: number): boolean {
    return count * 2 > this.#ends.length;
  }

  /**
   * The JSON of a body that shares messages with this one: those are the same objects. All messages of it last from now on.
   * undefined: it is no JSON, or its list of messages is another one. `frame`: the one that surrounds the body, if it is known.
   */
  parseBehind(bytes: Buffer, count: number, frame: Frame | undefined): unknown {
    const found =
      frame?.start === this.#start ? this.#parseRest(bytes, count, frame) : this.#parseWithout(bytes, count);
    if (found === undefined) return undefined;
    const { messages, field } = this.#parsed;
    for (; this.#marked < count; this.#marked++) markLasting(messages[this.#marked] as object);
    // A conversation that went on goes on.
    for (const message of found.rest) if (isJsonObject(message)) markLasting(message);
    found.json[field] = [...messages.slice(0, count), ...found.rest];
    return found.json;
  }

  /** Parses of a body what stands behind its first messages, up to the end of the list. */
  #parseRest(bytes: Buffer, count: number, frame: Frame) {
    const list = frame.messages(bytes, this.#ends[count - 1]!, STAND_IN_JSON);
    if (list === undefined || list[0] !== STAND_IN) return undefined;
    return { json: frame.around([]), rest: list.slice(1) as readonly unknown[] };
  }

  /** Parses a body without its first messages. */
  #parseWithout(bytes: Buffer, count: number) {
    const { field } = this.#parsed;
    const head = bytes.toString('utf8', 0, this.#start);
    const tail = bytes.toString('utf8', this.#ends[count - 1]!);
    let json: unknown;
    try {
      json = JSON.parse(head + STAND_IN_JSON + tail);
    } catch {
      return undefined;
    }
    const list = isJsonObject(json) ? json[field] : undefined;
    if (!isJsonObject(json) || !Array.isArray(list) || list[0] !== STAND_IN) return undefined;
    return { json, rest: list.slice(1) as readonly unknown[] };
  }

  #agrees(bytes: Buffer, from: number, to: number): boolean {
    const own = this.#parsed.bytes;
    return (
      to >= from && to <= Math.min(bytes.length, own.length) && own.compare(bytes, from, to, from, to) === 0
    );
  }

  /** Done when another body begins like this one: of most that come once none does. */
  #findEnds(): void {
    const { bytes, field, messages } = this.#parsed;
    const ends = this.#ends;
    if (this.#isOdd || ends.length >= messages.length) return;
    if (this.#start < 0) this.#start = listStart(bytes, field);
    if (this.#start >= 0) addObjectEnds(bytes, ends.at(-1) ?? this.#start, ends);
    if (this.#isProven) return;
    const rest = ends.length > 0 ? this.#parseWithout(bytes, ends.length)?.rest : undefined;
    this.#isProven = rest?.length === messages.length - ends.length;
    this.#isOdd = !this.#isProven;
    if (this.#isOdd) ends.length = 0;
  }
}
