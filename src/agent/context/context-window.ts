import { type Message, type Prices, textOf, type Usage } from '../../core/index.ts';
import { Balance, priceRatio } from './balance.ts';
import { chooseCut } from './choose-cut.ts';
import { type CutPlan, checkCut } from './cut-plan.ts';
import { CutState } from './cut-state.ts';
import { headOf } from './excerpt-lines.ts';
import {
  type ContextOptions,
  type ContextSettings,
  type ContextSurroundings,
  contextSettings,
} from './options.ts';
import { Timeline } from './timeline.ts';
import { TokenMeter } from './token-meter.ts';
import { View } from './view.ts';

/** What the next request is about to carry, in tokens. */
export interface ContextEstimate {
  readonly tokens: number;
  /** Those of the history that the prompt does not carry any more. */
  readonly leftOut: number;
  /** Reasoning from before the last user message: what `thinking: 'keep'` keeps. 0 where the host drops it. */
  readonly keptReasoning: number;
  /** Where the next cut is to be expected, if the steps stay as large as they are. */
  readonly threshold: number;
}

/** A cut leaves this much of what can be cut below the ceiling or threshold, so that there is room to grow again. */
const FULL = 2 / 3;
/** A cut that must be made and leaves more of what can be cut would be made again at once. */
const WORTH = 0.9;
/** What a host has refused says that the ceiling is lower than this part of it. */
const REFUSED = 0.9;
/** Tokens that messages of the user and answers to them may have that were said before the kept rounds. */
const KEPT_TOKENS = 16_000;
const CHARACTERS_OF_SUMMARY_TOKEN = 4;

/**
 * What a run shows the model of its history: all of it, until keeping it costs more than cutting it does. One for each
 * run; nothing in it waits or looks at a clock, so the same calls give the same view. Before each turn: `plan()`,
 * `apply()` if a cut is due, the request with `messages`, `told()`, and then `append()` of what came of it.
 */
export class ContextWindow {
  readonly settings: ContextSettings;
  readonly #timeline = new Timeline();
  readonly #meter = new TokenMeter();
  readonly #balance: Balance;
  readonly #view: View;
  readonly #cuts: CutState;
  #ceiling: number;

  /** `window`: the model's context window in tokens. Throws `invalid-options` for options that can never work. */
  constructor(
    options: ContextOptions | undefined,
    prices: Prices | undefined,
    window: number | undefined,
    { answerTokens, readBack = true, keepsReasoning = true }: ContextSurroundings = {},
  ) {
    this.settings = contextSettings(options, window, answerTokens);
    this.#ceiling = this.settings.maxTokens;
    this.#balance = new Balance(this.#timeline, priceRatio(prices), this.settings.keepRounds);
    this.#view = new View(keepsReasoning);
    this.#cuts = new CutState(this.#timeline, readBack);
    this.#keepEnough();
  }

  /**
   * What the next request carries. The messages are those that were appended, not copies of them; between two cuts it
   * only grows.
   */
  get messages(): readonly Message[] {
    return this.#view.messages;
  }

  /** Everything that was appended. */
  get history(): readonly Message[] {
    return this.#timeline.history;
  }

  /** The position in the history behind the last cut; 0 before the first. */
  get cutUpTo(): number {
    const { segments, history } = this.#timeline;
    return segments[this.#cuts.from]?.start ?? history.length;
  }

  /** The last summary that was given. */
  get summary(): string | undefined {
    return this.#cuts.summary;
  }

  /** What came after all that is there: also a whole earlier conversation. */
  append(messages: readonly Message[]): void {
    const { segments } = this.#timeline;
    for (const message of messages) {
      if (message.role === 'assistant') this.#balance.requested();
      const before = segments.length;
      const earlier = segments.at(-1)?.size ?? 0;
      const segment = this.#timeline.append(message);
      const isNew = segments.length > before;
      this.#balance.grown(segment, isNew ? segment.size : segment.size - earlier, isNew);
      this.#view.push(message);
    }
  }

  /** What the host reported for a request with `messages` as they are now: to be called before its answer is appended. */
  told(usage: Pick<Usage, 'inputTokens'>): void {
    this.#meter.told(usage.inputTokens, this.#view.promptSize);
    this.#keepEnough();
  }

  estimate(): ContextEstimate {
    const { ratio } = this.#meter;
    const { size, promptSize, earlierReasoning } = this.#view;
    return {
      tokens: Math.round(this.#tokens()),
      leftOut: Math.round(ratio * Math.max(0, this.#timeline.size - size)),
      keptReasoning: Math.round(ratio * earlierReasoning),
      threshold: Math.round(Math.min(this.#threshold(promptSize), this.#ceiling)),
    };
  }

  /** The result of a call as it was appended, whether or not the model still sees it; of a spilled one, what stayed. */
  resultOf(callId: string): string | undefined {
    const position = this.#timeline.resultAt(callId);
    const message = position === undefined ? undefined : this.#timeline.history[position];
    return message && textOf(message.content);
  }

  /** The cut that is due before the next turn, if one is. Changes nothing. */
  plan(): CutPlan | undefined {
    const tokens = this.#tokens();
    const { threshold } = this.settings;
    const full = this.#full(this.#ceiling);
    // Where the beginning alone is too long, cutting the rest at every step would not help.
    if (tokens > this.#ceiling && this.#fixedTokens() < this.#ceiling) {
      const cut = this.#cut('ceiling', full, KEPT_TOKENS);
      if (cut) return cut;
    }
    if (threshold === 'auto') {
      return this.#balance.isDue(this.#cuts.noteSize) ? this.#cut('price', full, KEPT_TOKENS) : undefined;
    }
    if (tokens <= threshold || this.#fixedTokens() >= threshold) return undefined;
    return this.#cut('threshold', Math.min(full, this.#full(threshold)), KEPT_TOKENS);
  }

  /**
   * The host said that the prompt is too long: a cut to half of what it was. May be asked for again when the host still
   * says so; undefined when there is nothing left to cut.
   */
  overflowed(): CutPlan | undefined {
    const fixed = this.#fixedTokens();
    const half = Math.min(fixed + (this.#tokens() - fixed) / 2, this.#full(this.#ceiling));
    return this.#cut('overflow', half, Math.min(KEPT_TOKENS, (half - fixed) / 4));
  }

  /**
   * From now on `messages` is what the cut leaves. `summary`: what mattered in it, for the model. A cut from a record may
   * be applied to a longer history than it was planned for, and the last one alone gives what all of them give. Throws
   * `session-invalid` for a cut that fits no such history.
   */
  apply(cut: CutPlan, summary?: string): void {
    checkCut(cut, this.#timeline.history);
    if (cut.reason === 'overflow') this.#ceiling = Math.min(this.#ceiling, cut.before * REFUSED);
    this.#cuts.take(cut, this.#bounded(summary));
    this.#view.restart();
    for (const position of cut.kept) this.#view.push(this.#cuts.shown(position));
    if (this.#cuts.note) this.#view.push(this.#cuts.note);
    for (let position = cut.tailFrom; position < this.#timeline.history.length; position++) {
      this.#view.push(this.#cuts.shown(position));
    }
    this.#meter.shrunk();
    this.#rebalance(cut.at);
  }

  #tokens(): number {
    return this.#meter.tokensOf(this.#view.promptSize);
  }

  /** Tokens that no cut can take out: instructions, tools, and the beginning of the conversation. */
  #fixedTokens(): number {
    return this.#meter.tokensOf(this.#timeline.headSize);
  }

  #full(tokens: number): number {
    const fixed = this.#fixedTokens();
    return fixed + Math.max(0, tokens - fixed) * FULL;
  }

  #threshold(promptSize: number): number {
    const { threshold } = this.settings;
    if (threshold !== 'auto') return threshold;
    const { note, noteSize } = this.#cuts;
    const left = promptSize - this.#balance.cuttable + (note ? 0 : noteSize);
    return this.#meter.tokensOf(left + this.#balance.expected(noteSize));
  }

  #keepEnough(): void {
    this.#balance.keepAtLeast(this.settings.keepTokens / this.#meter.ratio);
  }

  #bounded(summary: string | undefined): string | undefined {
    const text = summary?.trim();
    const { summaryTokens } = this.settings;
    if (!text) return undefined;
    return summaryTokens === 0 ? text : headOf(text, summaryTokens * CHARACTERS_OF_SUMMARY_TOKEN);
  }

  #cut(reason: CutPlan['reason'], tokens: number, keptTokens: number): CutPlan | undefined {
    const { size, ...chosen } = chooseCut({
      timeline: this.#timeline,
      from: this.#cuts.from,
      kept: this.#cuts.kept,
      tail: this.#balance.tail,
      tailSize: this.#balance.tailSize,
      noteSize: this.#cuts.noteSize,
      limit: this.#meter.sizeFor(tokens),
      keptLimit: Math.min(keptTokens, this.#ceiling / 8) / this.#meter.ratio,
      shortened: this.#cuts.shortened,
      mayShorten: reason !== 'price',
    });
    const before = this.#tokens();
    const after = this.#meter.tokensOf(size);
    const fixed = this.#fixedTokens();
    if (reason !== 'price' && after - fixed > (before - fixed) * WORTH) return undefined;
    return {
      reason,
      at: this.#timeline.history.length,
      ...chosen,
      steps: this.#cuts.stepsUpTo(chosen.tailFrom),
      before: Math.round(before),
      after: Math.round(after),
    };
  }

  /** Begins to weigh anew; what came behind the cut is counted as if it had been appended after it. */
  #rebalance(at: number): void {
    this.#balance.restart(this.#cuts.from);
    const { segments, history } = this.#timeline;
    for (const segment of segments.slice(this.#cuts.from)) {
      if (segment.start >= at && history[segment.start]?.role === 'assistant') this.#balance.requested();
      this.#balance.grown(segment, segment.size, true);
    }
  }
}
