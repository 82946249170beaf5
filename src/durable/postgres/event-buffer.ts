import { eventJson, shortEventJson } from '../../agent/index.ts';

/** Events that are told together with what was told before, when they come in a row. */
const PIECES: ReadonlySet<unknown> = new Set(['text-delta', 'reasoning-delta', 'tool-call-delta']);

/** Milliseconds after which even a database that crashed keeps what it was given without waiting for its disk. */
const SETTLED_MS = 3_000;
/** Characters from which the end of a run is told without the history in it, which the session has anyway. */
const LONG_END = 1_000_000;
/** Characters of one event that pieces are put together to, at most. */
const LONGEST_PIECE = 16_000;

/** An event with its number, as JSON text. */
export interface EventRow {
  readonly number: number;
  readonly text: string;
}

/** Events of one session on their way into the database. */
export class EventBuffer {
  /** The number of the last event in the database. */
  last: number;
  /** Characters that wait. */
  size = 0;
  #waiting: string[] = [];
  /** The event that further pieces may go to, at the end of what waits. */
  #open: Record<string, unknown> | undefined;
  /** What was written without waiting for the disk, for when a crash of the database takes it back. */
  #unsettled: (EventRow & { readonly at: number })[] = [];

  constructor(last: number) {
    this.last = last;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#open === undefined;
  }

  push(event: unknown): void {
    const piece = isPiece(event) ? event : undefined;
    if (piece && this.#open && isSameKind(piece, this.#open) && this.#length() < LONGEST_PIECE) {
      this.#open = { ...this.#open, delta: `${this.#open['delta']}${piece['delta']}` };
      this.size += String(piece['delta']).length;
      return;
    }
    this.#closePiece();
    if (piece) {
      this.#open = piece;
      this.size += String(piece['delta']).length + 50;
      return;
    }
    const text = eventText(event);
    this.size += text.length;
    this.#waiting.push(text);
  }

  /** Takes up to `limit` events out, with their numbers. */
  take(limit: number): EventRow[] {
    this.#closePiece();
    const taken = this.#waiting
      .splice(0, limit)
      .map((text, place) => ({ number: this.last + 1 + place, text }));
    this.size = this.#waiting.reduce((sum, text) => sum + text.length, 0);
    return taken;
  }

  /** Puts back what could not be written. */
  putBack(rows: readonly EventRow[]): void {
    this.#waiting.unshift(...rows.map(({ text }) => text));
  }

  /** They are in the database; `isSynced`: on its disk, with all before them. */
  written(rows: readonly EventRow[], isSynced: boolean): void {
    this.last = rows.at(-1)?.number ?? this.last;
    const now = performance.now();
    if (isSynced) this.#unsettled = [];
    else {
      this.#unsettled = this.#unsettled.filter(({ at }) => now - at < SETTLED_MS);
      for (const row of rows) this.#unsettled.push({ ...row, at: now });
    }
  }

  /** What the database has lost of what it had: everything behind number `last`. Undefined: more than is known here. */
  lost(last: number): EventRow[] | undefined {
    const rows = this.#unsettled.filter(({ number }) => number > last);
    return rows[0]?.number === last + 1 ? rows.map(({ number, text }) => ({ number, text })) : undefined;
  }

  clear(): void {
    this.#waiting = [];
    this.#open = undefined;
    this.#unsettled = [];
    this.size = 0;
  }

  #length(): number {
    return String(this.#open?.['delta']).length;
  }

  #closePiece(): void {
    if (this.#open) this.#waiting.push(eventText(this.#open));
    this.#open = undefined;
  }
}

function isPiece(event: unknown): event is Record<string, unknown> {
  if (event === null || typeof event !== 'object') return false;
  const { type, delta } = event as Record<string, unknown>;
  return PIECES.has(type) && typeof delta === 'string';
}

/** Whether two pieces differ in their text only. */
function isSameKind(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => key === 'delta' || one[key] === other[key]);
}

/** Whether an event tells how a run ended, with its result. */
function isEnd(event: unknown): event is object {
  const { type, result } = (event ?? {}) as { type?: unknown; result?: unknown };
  return (type === 'end' || type === 'error') && typeof result === 'object';
}

/** An event as JSON, once: it may change later. What cannot be told is told as such: watching must not end a run. */
function eventText(event: unknown): string {
  try {
    const text = eventJson(event as object) ?? 'null';
    return text.length > LONG_END && isEnd(event) ? shortEventJson(event) : text;
  } catch (error) {
    const { type } = (event ?? {}) as { type?: unknown };
    return JSON.stringify({ type: String(type), unwritable: (error as Error).message.split('\n')[0] });
  }
}
