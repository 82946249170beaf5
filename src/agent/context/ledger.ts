import { addUsage, costOf, NO_USAGE, type Prices, type Usage } from '../../core/index.ts';
import type { ContextEstimate } from './context-window.ts';
import { type LedgerPoint, Plot } from './plot.ts';

/** One request as it was made. */
export interface LedgerEntry {
  readonly usage: Usage;
  /** The window's estimate for this request. */
  readonly estimate: Pick<ContextEstimate, 'leftOut' | 'keptReasoning'>;
  /** Whether a cut was made between the request before and this one. */
  readonly wasCut: boolean;
}

/** What a run cost, and what it would have cost otherwise. US dollars; undefined where prices are not known. */
export interface ContextBill {
  readonly usage: Usage;
  readonly cost: number | undefined;
  /** The part of the prompt tokens that was read from the host's cache, 0 to 1. */
  readonly cachedShare: number;
  readonly cuts: number;
  /** What the summaries cost; part of `cost`. */
  readonly summaries: number | undefined;
  /** The same run with nothing cut, modelled: as well cached as the host cached this one. */
  readonly appendOnly: {
    readonly cost: number | undefined;
    /** The request, counted from 1, that would not have fitted into the window. */
    readonly overflowAt: number | undefined;
  };
  /** What pruning saved: the difference of the two; below 0 when cuts did not pay yet. */
  readonly saved: number | undefined;
  /** What it cost to keep reasoning from before the last user message in the prompts (`thinking: 'keep'`), modelled. */
  readonly keptReasoning: { readonly tokens: number; readonly cost: number | undefined };
  /** At most 512, for a small plot. */
  readonly points: readonly LedgerPoint[];
}

/** Keeps the bill of a run. Adding a request costs the same however many there were. */
export class Ledger {
  readonly #prices: Prices | undefined;
  readonly #window: number;
  #usage: Usage = NO_USAGE;
  #summaries: Usage = NO_USAGE;
  #appendOnly: Usage = NO_USAGE;
  #requests = 0;
  #cuts = 0;
  #overflowAt: number | undefined;
  /** Tokens of the last request, had nothing been cut. */
  #whole = 0;
  #wasCached = false;
  #reasoningTokens = 0;
  #reasoningCost = 0;
  readonly #plot = new Plot();

  /** `window`: the model's context window in tokens, where known. */
  constructor(prices: Prices | undefined, window: number | undefined) {
    this.#prices = prices;
    this.#window = window ?? Infinity;
  }

  /** A turn was asked for; also one that failed, if the host told its usage. */
  add({ usage, estimate, wasCut }: LedgerEntry): void {
    this.#requests++;
    if (wasCut) this.#cuts++;
    this.#wasCached ||= usage.cachedInputTokens > 0;
    this.#usage = addUsage(this.#usage, usage);
    this.#addAppendOnly(usage, estimate.leftOut, wasCut);
    this.#keep(usage, estimate.keptReasoning);
    this.#plot.add(usage, this.#costOf(usage) ?? 0, wasCut);
  }

  /** Where the host told nothing of the prompt there is nothing to compare. */
  #addAppendOnly(usage: Usage, leftOut: number, wasCut: boolean): void {
    const whole = usage.inputTokens === 0 ? 0 : usage.inputTokens + leftOut;
    const fresh = this.#freshOf(usage, whole, wasCut);
    this.#appendOnly = addUsage(this.#appendOnly, {
      inputTokens: whole,
      cachedInputTokens: whole - fresh,
      outputTokens: usage.outputTokens,
    });
    this.#whole = whole || this.#whole;
    if (whole > this.#window) this.#overflowAt ??= this.#requests;
  }

  /** A summary was asked for. */
  addSummary(usage: Usage): void {
    this.#usage = addUsage(this.#usage, usage);
    this.#summaries = addUsage(this.#summaries, usage);
  }

  bill(): ContextBill {
    const { inputTokens, cachedInputTokens } = this.#usage;
    const cost = this.#costOf(this.#usage);
    const appendOnly = this.#costOf(this.#appendOnly);
    return {
      usage: this.#usage,
      cost,
      cachedShare: inputTokens === 0 ? 0 : cachedInputTokens / inputTokens,
      cuts: this.#cuts,
      summaries: this.#costOf(this.#summaries),
      appendOnly: { cost: appendOnly, overflowAt: this.#overflowAt },
      saved: cost === undefined || appendOnly === undefined ? undefined : appendOnly - cost,
      keptReasoning: {
        tokens: this.#reasoningTokens,
        cost: this.#prices ? this.#reasoningCost : undefined,
      },
      points: this.#plot.points,
    };
  }

  /**
   * The tokens that the host would have had to read anew, had nothing been cut: where nothing was cut now, those that it
   * did read; after a cut, what is new. A host that has nothing cached would have read everything.
   */
  #freshOf(usage: Usage, whole: number, wasCut: boolean): number {
    if (!this.#wasCached) return whole;
    if (wasCut) return Math.min(whole, Math.max(0, whole - this.#whole));
    if (usage.cachedInputTokens === 0) return whole;
    return Math.min(whole, Math.max(0, usage.inputTokens - usage.cachedInputTokens));
  }

  #keep({ inputTokens, cachedInputTokens }: Usage, tokens: number): void {
    const kept = Math.min(tokens, inputTokens);
    this.#reasoningTokens += kept;
    // It stands far in front, so it is the first that is cached.
    const cached = Math.min(kept, cachedInputTokens);
    this.#reasoningCost +=
      this.#costOf({ inputTokens: kept, cachedInputTokens: cached, outputTokens: 0 }) ?? 0;
  }

  #costOf(usage: Usage): number | undefined {
    return this.#prices && costOf(usage, this.#prices);
  }
}
