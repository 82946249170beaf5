import { randomUUID } from 'node:crypto';
import { isJsonObject, markLasting } from '../../core/index.ts';
import { listEnd, listStart } from './list-places.ts';

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
    const json = parsed(before.toString('utf8') + STAND_IN_JSON + behind.toString('utf8'));
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
   * The messages of a body that it surrounds, from a position on; `first` is put before them. undefined: that is no JSON. A
   * list that is one by itself is the same list between these bytes.
   */
  messages(bytes: Buffer, from = this.start, first = ''): unknown[] | undefined {
    const text = bytes.toString('utf8', from, bytes.length - this.#behind.length);
    return parsed(`[${first}${text}]`) as unknown[] | undefined;
  }

  /** The JSON of a body with these messages. */
  around(messages: readonly unknown[]): Record<string, unknown> {
    return { ...this.#json, [this.#field]: messages };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Declares a value to last, and what it lists. */
function markInside(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  markLasting(value);
  if (!Array.isArray(value)) return;
  for (const item of value) if (isJsonObject(item)) markLasting(item);
}
