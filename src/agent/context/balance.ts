import type { Prices } from '../../core/index.ts';
import { isTurn, type Segment, type Timeline } from './timeline.ts';

/** What a fresh token costs in cached ones where the prices are not known. */
const USUAL_RATIO = 4;
/** Also where a host has no lower price for cached tokens: reading anew costs time, and forgetting costs sense. */
const LEAST_RATIO = 2;

/** What a fresh token costs in cached ones; Infinity where these are free. */
export function priceRatio(prices: Prices | undefined): number {
  const { input = Number.NaN, cachedInput = Number.NaN } = prices ?? {};
  const ratio = input / cachedInput;
  if (Number.isNaN(ratio) || ratio <= 0) return USUAL_RATIO;
  return Math.max(LEAST_RATIO, ratio);
}

/**
 * When a cut pays. Each request pays the cached price for the old rounds that a cut would take out; the cut pays the
 * difference between fresh and cached for the recent ones, once. Cutting as soon as the one has reached the other is the
 * optimum for steps of the same size, and never far from it for others. All in characters: the tokens cancel out.
 */
export class Balance {
  readonly #timeline: Timeline;
  readonly #ratio: number;
  readonly #keepRounds: number;
  #keepSize = 0;
  #turns = 0;
  /** The first segment that a cut would keep. */
  tail = 0;
  /** The size of what it would keep from there on. */
  tailSize = 0;
  /** The size of the rounds that it would take out. */
  cuttable = 0;
  /** What the cuttable rounds have cost since the last cut, in cached characters. */
  carried = 0;

  constructor(timeline: Timeline, ratio: number, keepRounds: number) {
    this.#timeline = timeline;
    this.#ratio = ratio;
    this.#keepRounds = keepRounds;
  }

  /** What is kept though there are rounds enough, in characters. */
  keepAtLeast(size: number): void {
    this.#keepSize = size;
  }

  /** A cut at this segment: nothing is cuttable and nothing was carried. */
  restart(segment: number): void {
    this.tail = segment;
    this.tailSize = this.cuttable = this.carried = this.#turns = 0;
  }

  /** A request was made with all that is there so far. */
  requested(): void {
    this.carried += this.cuttable;
  }

  /** A segment was added, or `size` to the last one. */
  grown(segment: Segment, size: number, isNew: boolean): void {
    this.tailSize += size;
    if (isNew && isTurn(segment)) this.#turns++;
    const { segments } = this.#timeline;
    for (;;) {
      const first = segments[this.tail];
      if (!first || this.tail >= segments.length - 1) return;
      if (isTurn(first) && this.#turns <= this.#keepRounds) return;
      if (this.tailSize - first.size < this.#keepSize) return;
      this.tail++;
      this.tailSize -= first.size;
      if (isTurn(first)) this.#turns--;
      if (first.kind === 'round') this.cuttable += first.size;
    }
  }

  /** Whether a cut pays that leaves a note of this size: with the next request the old rounds would have cost as much. */
  isDue(noteSize: number): boolean {
    if (this.cuttable <= 2 * noteSize) return false;
    return this.carried + this.cuttable >= (this.#ratio - 1) * (this.tailSize + noteSize);
  }

  /** How much cuttable there will be at the next cut if the steps stay as large as the recent ones are. */
  expected(noteSize: number): number {
    const step = this.tailSize / Math.max(1, this.#turns);
    return Math.sqrt(2 * (this.#ratio - 1) * (this.tailSize + noteSize) * step);
  }
}
