import type { Usage } from '../../core/index.ts';

/** One or more requests in a row. */
export interface LedgerPoint {
  /** The first of them, counted from 1. */
  readonly from: number;
  readonly requests: number;
  /** The largest prompt, in tokens. */
  readonly promptTokens: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  /** US dollars; 0 where prices are not known. */
  readonly cost: number;
  readonly cuts: number;
}

const MOST = 512;

/** Figures over a run of any length in a bounded number of points: when they are full, each two become one. */
export class Plot {
  #points: LedgerPoint[] = [];
  #width = 1;
  #requests = 0;

  get points(): readonly LedgerPoint[] {
    return this.#points;
  }

  add({ inputTokens, cachedInputTokens }: Usage, cost: number, wasCut: boolean): void {
    this.#requests++;
    const point: LedgerPoint = {
      from: this.#requests,
      requests: 1,
      promptTokens: inputTokens,
      inputTokens,
      cachedInputTokens,
      cost,
      cuts: wasCut ? 1 : 0,
    };
    const last = this.#points.at(-1);
    if (last && last.requests < this.#width) this.#points[this.#points.length - 1] = merged(last, point);
    else this.#points.push(point);
    if (this.#points.length > MOST) this.#halve();
  }

  #halve(): void {
    this.#width *= 2;
    const halved: LedgerPoint[] = [];
    for (let index = 0; index < this.#points.length; index += 2) {
      const [one, other] = this.#points.slice(index, index + 2);
      if (one) halved.push(other ? merged(one, other) : one);
    }
    this.#points = halved;
  }
}

function merged(a: LedgerPoint, b: LedgerPoint): LedgerPoint {
  return {
    from: a.from,
    requests: a.requests + b.requests,
    promptTokens: Math.max(a.promptTokens, b.promptTokens),
    inputTokens: a.inputTokens + b.inputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    cost: a.cost + b.cost,
    cuts: a.cuts + b.cuts,
  };
}
