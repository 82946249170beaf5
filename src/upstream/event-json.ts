import { parseJson } from '../core/index.ts';

/** Stands in a shape for the string that differs from event to event. */
const PROBE = '\u0001perigee\u0001';
const PROBE_JSON = JSON.stringify(PROBE).slice(1, -1);
/** Characters of an event whose shape is worth knowing. */
const LONGEST = 64 * 1024;
/** Events of an answer after which it is worth to look for a shape, and how often that is done. */
const ENOUGH = 8;
const TRIES = 8;

/** Events that differ in one string alone. */
interface Shape {
  /** The JSON up to the quote that opens the string, and from the quote that closes it on. */
  readonly before: string;
  readonly after: string;
  /** The value of such an event, and where in it the string stands. */
  readonly value: unknown;
  readonly holder: { [field: string]: unknown };
  readonly field: string;
}

/**
 * Parses the events of one answer. Most of an event is the same as in the one before: where nothing but one string
 * differs, only that string is parsed, and the value is the same object with that string in it. So a value is good until
 * the next event is read.
 */
export class EventJson {
  #count = 0;
  #last = '';
  #shape: Shape | undefined;
  #tries = TRIES;

  /** The value of a text; undefined if it is no JSON. */
  parse(text: string): unknown {
    const shape = this.#shape;
    if (shape && isShaped(text, shape)) {
      const string = parseJson(text.slice(shape.before.length, text.length - shape.after.length));
      // What begins with a quote and is JSON can only be a string.
      if (string !== undefined) {
        shape.holder[shape.field] = string;
        return shape.value;
      }
      this.#shape = undefined;
    } else if (this.#tries > 0 && text.length <= LONGEST) this.#learn(text);
    return parseJson(text);
  }

  #learn(text: string): void {
    if (++this.#count < ENOUGH) return;
    const last = this.#last;
    this.#last = text;
    if (last === '') return;
    this.#tries--;
    this.#shape = shapeOf(text, differenceOf(last, text)) ?? this.#shape;
  }
}

function isShaped(text: string, { before, after }: Shape): boolean {
  return (
    text.length >= before.length + after.length + 2 &&
    text.charCodeAt(before.length) === QUOTE &&
    text.endsWith(after) &&
    // Five times as fast as `startsWith`.
    text.slice(0, before.length) === before
  );
}

const QUOTE = 34;
const BACKSLASH = 92;

/** The shape of a text in which the string around a position may differ; undefined if there is none, or no such string. */
function shapeOf(text: string, position: number): Shape | undefined {
  const start = text.lastIndexOf('"', position - 1);
  const end = start < 0 ? -1 : endOfString(text, start);
  if (end < 0) return undefined;
  const before = text.slice(0, start);
  const after = text.slice(end);
  // That the probe comes out proves that a string stands there, and where.
  const value = parseJson(`${before}"${PROBE_JSON}"${after}`);
  const place = placeOfProbe(value);
  return place && { before, after, value, ...place };
}

function differenceOf(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

/** The position behind the quote that closes the string; -1 if none does. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at++;
  }
  return -1;
}

function placeOfProbe(value: unknown, depth = 0): Pick<Shape, 'holder' | 'field'> | undefined {
  if (depth > 8 || typeof value !== 'object' || value === null) return undefined;
  const holder = value as { [field: string]: unknown };
  for (const field of Object.keys(holder)) {
    // An assignment to this one would not be seen.
    if (holder[field] === PROBE) return field === '__proto__' ? undefined : { holder, field };
    const inside = placeOfProbe(holder[field], depth + 1);
    if (inside) return inside;
  }
  return undefined;
}
