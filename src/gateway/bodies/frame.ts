import { randomUUID } from 'node:crypto';
import { isJsonObject, markLasting, parseJson } from '../../core/index.ts';
import { largestCount } from './largest-count.ts';
import { type FieldPlace, fieldPlaces, listEnd, listStart } from './list-places.ts';

/** Stands in a text for messages that need not be parsed. Nobody can guess it. */
export const STAND_IN = randomUUID();
export const STAND_IN_JSON = JSON.stringify(STAND_IN);

type Json = { readonly [field: string]: unknown };

/**
 * What stands around the messages of a body: model, tools, settings. A client sends the same with every request, in whatever
 * conversation, and often more of it than of messages.
 */
export class Frame {
  readonly #field: string;
  readonly #before: Buffer;
  readonly #behind: Buffer;
  /** What its fields hold lasts. */
  readonly #json: Json;
  #places: readonly FieldPlace[] | undefined;

  private constructor(field: string, before: Buffer, behind: Buffer, json: Json) {
    this.#field = field;
    this.#before = before;
    this.#behind = behind;
    this.#json = json;
  }

  /** The frame of a body that is JSON; undefined if there is no list of messages, or `field` stands twice. */
  static of(bytes: Buffer, field: string): Frame | undefined {
    const start = listStart(bytes, field);
    if (start < 0) return undefined;
    // Copies: the body itself need not be kept.
    const before = Buffer.from(bytes.subarray(0, start));
    const behind = Buffer.from(bytes.subarray(listEnd(bytes, start)));
    const json = parseJson(before.toString('utf8') + STAND_IN_JSON + behind.toString('utf8'));
    const list = isJsonObject(json) ? json[field] : undefined;
    // Where a field stands twice the last one counts: then this is not the list.
    if (!isJsonObject(json) || !Array.isArray(list) || list[0] !== STAND_IN) return undefined;
    for (const [name, value] of Object.entries(json)) if (name !== field) markInside(value);
    return new Frame(field, before, behind, json);
  }

  get length(): number {
    return this.#before.length + this.#behind.length;
  }

  /** The position behind the bracket of the list. */
  get start(): number {
    return this.#before.length;
  }

  /** Whether a body begins and ends like this. */
  surrounds(bytes: Buffer): boolean {
    const [before, behind] = [this.#before, this.#behind];
    const end = bytes.length - behind.length;
    return (
      end >= before.length &&
      bytes.compare(before, 0, before.length, 0, before.length) === 0 &&
      bytes.compare(behind, 0, behind.length, end) === 0
    );
  }

  /**
   * The frame of a body that differs from this in the value of one field alone, as Claude Code's do with every request: all
   * other values are the same objects. undefined: it differs in more, or that is no JSON.
   */
  variedIn(bytes: Buffer): Frame | undefined {
    const [before, behind] = [this.#before, this.#behind];
    const isSameBefore =
      bytes.length > before.length && bytes.compare(before, 0, before.length, 0, before.length) === 0;
    if (isSameBefore) return this.#variedBehind(bytes);
    const end = bytes.length - behind.length;
    return end > 0 && bytes.compare(behind, 0, behind.length, end) === 0
      ? this.#variedBefore(bytes, end)
      : undefined;
  }

  #variedBehind(bytes: Buffer): Frame | undefined {
    const [from, whole] = [this.#before.length, this.#behind];
    const same = sameAtEnd(whole, bytes);
    // The field in whose value they part, counted from the end; one value may also end with the other.
    const place = this.#fields().findLast(({ start }) => start - from <= whole.length - same);
    if (place === undefined || place.start < from || whole.length - same > place.end - from) return undefined;
    const head = whole.subarray(0, place.start - from);
    const end = bytes.length - (whole.length - (place.end - from));
    if (end - head.length < from) return undefined;
    const at = bytes.lastIndexOf(head, end - head.length);
    if (at < from) return undefined;
    return this.#with(place, bytes.subarray(at + head.length, end), this.#before, bytes.subarray(at));
  }

  #variedBefore(bytes: Buffer, listMayEnd: number): Frame | undefined {
    const whole = this.#before;
    const same = sameAtStart(whole, bytes);
    const place = this.#fields().find(({ end }) => end >= same);
    if (place === undefined || place.end > whole.length || same < place.start) return undefined;
    const tail = whole.subarray(place.end);
    const at = bytes.indexOf(tail, place.start);
    if (at < 0 || at + tail.length > listMayEnd) return undefined;
    return this.#with(
      place,
      bytes.subarray(place.start, at),
      bytes.subarray(0, at + tail.length),
      this.#behind,
    );
  }

  /** What stands in these bytes instead of a field's value, if it is JSON by itself: then it is in its place too. */
  #with({ name }: FieldPlace, value: Buffer, before: Buffer, behind: Buffer): Frame | undefined {
    const json = parseJson(value.toString('utf8'));
    // Names may be spelt in many ways.
    if (json === undefined || !Object.hasOwn(this.#json, name)) return undefined;
    return new Frame(this.#field, before, behind, { ...this.#json, [name]: json });
  }

  /** All but the list, where they stand if it is empty; none if one stands twice, of which only the last one counts. */
  #fields(): readonly FieldPlace[] {
    if (this.#places) return this.#places;
    const all = [...fieldPlaces(Buffer.concat([this.#before, this.#behind]))];
    const isEachOnce = all.length === Object.keys(this.#json).length;
    this.#places = isEachOnce ? all.filter(({ name }) => name !== this.#field) : [];
    return this.#places;
  }

  /**
   * The messages of a body that it surrounds, from a position on; `first` is put before them. undefined: that is no JSON. A
   * list that is one by itself is the same list between these bytes.
   */
  messages(bytes: Buffer, from = this.start, first = ''): unknown[] | undefined {
    const text = bytes.toString('utf8', from, bytes.length - this.#behind.length);
    return parseJson(`[${first}${text}]`) as unknown[] | undefined;
  }

  /** The JSON of a body with these messages. */
  around(messages: readonly unknown[]): Record<string, unknown> {
    const json: Record<string, unknown> = { ...this.#json };
    json[this.#field] = messages;
    return json;
  }
}

/** How many of the first bytes of two texts are the same. */
function sameAtStart(a: Buffer, b: Buffer): number {
  const most = Math.min(a.length, b.length);
  return largestCount(most, (count, least) => a.compare(b, least, count, least, count) === 0);
}

/** How many of the last bytes of two texts are the same. */
function sameAtEnd(a: Buffer, b: Buffer): number {
  const most = Math.min(a.length, b.length);
  return largestCount(
    most,
    (count, least) =>
      a.compare(b, b.length - count, b.length - least, a.length - count, a.length - least) === 0,
  );
}

/** Declares a value to last, and what it lists. */
function markInside(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  markLasting(value);
  if (!Array.isArray(value)) return;
  for (const item of value) if (isJsonObject(item)) markLasting(item);
}
