import type { Message } from '../../core/index.ts';
import { sizeOf } from './size.ts';

/**
 * Messages that stay or go together. A `round` is a turn with calls and all their results; an `answer` is a turn
 * without calls.
 */
export interface Segment {
  readonly kind: 'system' | 'user' | 'answer' | 'round';
  /** The position of its first message in the history. */
  readonly start: number;
  /** In characters, see `sizeOf`. */
  readonly size: number;
}

type Growing = { -readonly [K in keyof Segment]: Segment[K] };

/** The whole history, never shortened, with its segments. Appending costs the same however long it is. */
export class Timeline {
  readonly history: Message[] = [];
  /** Of all of it, in characters. */
  size = 0;
  readonly #segments: Growing[] = [];
  readonly #results = new Map<string, number>();
  /** Calls of the last round that have no result yet. */
  readonly #open = new Set<string>();
  #head: number | undefined;

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /**
   * How many segments must always stay: the system messages at the beginning and the first user message behind them,
   * which says what is to be done.
   */
  get head(): number {
    if (this.#head !== undefined) return this.#head;
    const other = this.#segments.findIndex(({ kind }) => kind !== 'system');
    if (other < 0) return this.#segments.length;
    this.#head = this.#segments[other]?.kind === 'user' ? other + 1 : other;
    return this.#head;
  }

  /** The size of these, in characters. */
  get headSize(): number {
    let size = 0;
    for (let index = 0; index < this.head; index++) size += this.#segments[index]?.size ?? 0;
    return size;
  }

  /** Gives the segment that the message begins or belongs to. */
  append(message: Message): Segment {
    const position = this.history.length;
    this.history.push(message);
    const { size } = sizeOf(message);
    this.size += size;
    if (message.role === 'tool') {
      this.#open.delete(message.toolCallId);
      this.#results.set(message.toolCallId, position);
    }
    const last = this.#segments.at(-1);
    if (last?.kind === 'round' && this.#belongs(message)) {
      last.size += size;
      return last;
    }
    this.#open.clear();
    if (message.role === 'assistant') for (const call of message.toolCalls ?? []) this.#open.add(call.id);
    const segment = { kind: kindOf(message), start: position, size };
    this.#segments.push(segment);
    return segment;
  }

  /** A message in the segment is shown shorter than it stands in the history. */
  shrink(index: number, by: number): void {
    const segment = this.#segments[index];
    if (segment) segment.size -= by;
  }

  /** The position of the result of a call. */
  resultAt(callId: string): number | undefined {
    return this.#results.get(callId);
  }

  /** The first segment that begins at a position of the history or behind it; the number of all when none does. */
  segmentFrom(position: number): number {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#segments[middle]?.start ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whatever stands between a call and its result must stay there. */
  #belongs(message: Message): boolean {
    return message.role === 'tool' || (this.#open.size > 0 && message.role !== 'assistant');
  }
}

/** Whether the model wrote it. */
export function isTurn(segment: Segment | undefined): boolean {
  return segment?.kind === 'round' || segment?.kind === 'answer';
}

function kindOf(message: Message): Segment['kind'] {
  if (message.role === 'tool') return 'round';
  if (message.role !== 'assistant') return message.role;
  return (message.toolCalls?.length ?? 0) > 0 ? 'round' : 'answer';
}
