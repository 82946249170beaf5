import { type Message, type Prices, textOf, type Usage } from '../../core/index.ts';
import { Balance, priceRatio } from './balance.ts';
import { type CutChoice, chooseCut } from './choose-cut.ts';
import { type CutPlan, checkCut } from './cut-plan.ts';
import { headOf } from './excerpt-lines.ts';
import { callsOf, cutNote } from './note.ts';
import {
  type ContextOptions,
  type ContextSettings,
  type ContextSurroundings,
  contextSettings,
} from './options.ts';
import { sizeOf } from './size.ts';
import { shortened } from './spill.ts';
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

/** A cut leaves this much of the ceiling or the threshold, so that there is room to grow before the next one. */
const FULL = 2 / 3;
/** A cut that must be made and saves less would be made again at once. */
const WORTH = 0.9;
/** Tokens that messages of the user and answers to them may have that were said before the kept rounds. */
const KEPT_TOKENS = 8_000;
/** The note before there is one, in characters. */
const USUAL_NOTE = 1_200;

/**
 * What a run shows the model of its history: all of it, until keeping it costs more than cutting it does. One for each
 * run; nothing in it waits or looks at a clock, so the same calls give the same view. Before each turn: `plan()`,
 * `apply()` if a cut is due, the request with `messages`, `told()`, and then `append()` of what came of it.
 */
export class ContextWindow {
  readonly #settings: ContextSettings;
  readonly #surroundings: ContextSurroundings;
  readonly #timeline = new Timeline();
  readonly #meter = new TokenMeter();
  readonly #balance: Balance;
  readonly #view: View;
  readonly #calls = new Map<string, number>();
  #steps = 0;
  /** Messages outside of steps that were cut by and by. */
  #said = 0;
  #from = 0;
  #kept: readonly number[] = [];
  readonly #shortened = new Map<number, number>();
  readonly #shorter = new Map<number, Message>();
  #noteSize = USUAL_NOTE;
  #summary: string | undefined;
  #ceiling: number;

  /** `window`: the model's context window in tokens. Throws `invalid-options` for options that can never work. */
  constructor(
    options: ContextOptions | undefined,
    prices: Prices | undefined,
    window: number | undefined,
    surroundings: ContextSurroundings = {},
  ) {
    this.#settings = contextSettings(options, window, surroundings.answerTokens);
    this.#surroundings = surroundings;
    this.#ceiling = this.#settings.maxTokens;
    this.#balance = new Balance(this.#timeline, priceRatio(prices), this.#settings.keepRounds);
    this.#view = new View(surroundings.keepsReasoning ?? true);
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

  get settings(): ContextSettings {
    return this.#settings;
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
    const note = this.#steps === 0 ? this.#noteSize : 0;
    const behind = promptSize - this.#balance.cuttable + note + this.#balance.expected(this.#noteSize);
    const { threshold } = this.#settings;
    const expected = threshold === 'auto' ? this.#meter.tokensOf(behind) : threshold;
    return {
      tokens: Math.round(this.#tokens()),
      leftOut: Math.round(ratio * Math.max(0, this.#timeline.size - size)),
      keptReasoning: Math.round(ratio * earlierReasoning),
      threshold: Math.round(Math.min(expected, this.#ceiling)),
    };
  }

  /** The whole result of a call that was appended, whether or not the model still sees it. */
  resultOf(callId: string): string | undefined {
    const position = this.#timeline.resultAt(callId);
    const message = position === undefined ? undefined : this.#timeline.history[position];
    return message && textOf(message.content);
  }

  /** The cut that is due before the next turn, if one is. Changes nothing. */
  plan(): CutPlan | undefined {
    const tokens = this.#tokens();
    const { threshold } = this.#settings;
    if (tokens > this.#ceiling) {
      const cut = this.#cut('ceiling', this.#ceiling * FULL, KEPT_TOKENS);
      if (cut) return cut;
    }
    if (threshold !== 'auto') {
      return tokens > threshold ? this.#cut('threshold', threshold * FULL, KEPT_TOKENS) : undefined;
    }
    if (!this.#balance.isDue(this.#noteSize)) return undefined;
    return this.#cut('price', this.#ceiling * FULL, KEPT_TOKENS);
  }

  /**
   * The host said that the prompt is too long: a cut to half of what it was. May be asked for again when the host still
   * says so; undefined when there is nothing left to cut.
   */
  overflowed(): CutPlan | undefined {
    const half = Math.min(this.#tokens() / 2, this.#ceiling * FULL);
    return this.#cut('overflow', half, Math.min(KEPT_TOKENS, half / 4));
  }

  /**
   * From now on `messages` is what the cut leaves. `summary`: what mattered in it, for the model. A cut from a record may
   * be applied to a longer history than it was planned for, and the last one alone gives what all of them give. Throws
   * `session-invalid` for a cut that fits no such history.
   */
  apply(cut: CutPlan, summary?: string): void {
    const timeline = this.#timeline;
    checkCut(cut, timeline.history);
    if (cut.reason === 'overflow') this.#ceiling = Math.min(this.#ceiling, cut.before * WORTH);
    const segment = timeline.segmentFrom(cut.tailFrom);
    this.#count(segment, cut);
    this.#from = segment;
    this.#kept = cut.kept;
    this.#shorten(cut);
    if (summary) this.#summary = headOf(summary.trim(), this.#settings.summaryTokens * 4 || summary.length);
    const note = cutNote(timeline, cut.tailFrom, this.#tally(), this.#summary, this.#readBack);
    const isNoted = this.#steps + this.#said > 0;
    this.#noteSize = isNoted ? sizeOf(note).size : USUAL_NOTE;
    this.#view.restart();
    for (const position of cut.kept) this.#view.push(this.#shown(position));
    if (isNoted) this.#view.push(note);
    for (let position = cut.tailFrom; position < timeline.history.length; position++) {
      this.#view.push(this.#shown(position));
    }
    this.#meter.shrunk();
    this.#rebalance(segment, cut.at);
  }

  get #readBack(): boolean {
    return this.#surroundings.readBack ?? true;
  }

  #tokens(): number {
    return this.#meter.tokensOf(this.#view.promptSize);
  }

  #tally() {
    return { steps: this.#steps, messages: this.#said, calls: this.#calls };
  }

  #keepEnough(): void {
    this.#balance.keepAtLeast(this.#settings.keepTokens / this.#meter.ratio);
  }

  #shown(position: number): Message {
    return this.#shorter.get(position) ?? (this.#timeline.history[position] as Message);
  }

  #cut(reason: CutPlan['reason'], tokens: number, keptTokens: number): CutPlan | undefined {
    const { ratio } = this.#meter;
    const choice: CutChoice = {
      timeline: this.#timeline,
      from: this.#from,
      kept: this.#kept,
      tail: this.#balance.tail,
      tailSize: this.#balance.tailSize,
      noteSize: this.#noteSize,
      limit: this.#meter.sizeFor(tokens),
      keptLimit: Math.min(keptTokens, this.#ceiling / 8) / ratio,
      shortened: this.#shortened,
      mayShorten: reason !== 'price',
    };
    const { size, ...chosen } = chooseCut(choice);
    const before = this.#tokens();
    const after = this.#meter.tokensOf(size);
    if (reason !== 'price' && after > before * WORTH) return undefined;
    const steps = this.#roundsUpTo(chosen.tailFrom);
    return {
      reason,
      at: this.#timeline.history.length,
      ...chosen,
      steps,
      before: Math.round(before),
      after: Math.round(after),
    };
  }

  #roundsUpTo(tailFrom: number): number {
    const { segments } = this.#timeline;
    let steps = 0;
    for (let index = this.#from; index < segments.length; index++) {
      const segment = segments[index];
      if (!segment || segment.start >= tailFrom) break;
      if (segment.kind === 'round') steps++;
    }
    return steps;
  }

  /** Adds what goes with this cut to what has gone. */
  #count(segment: number, cut: CutPlan): void {
    const { segments, history, head } = this.#timeline;
    let said = this.#kept.length - Math.min(this.#kept.length, head);
    for (let index = Math.max(head, this.#from); index < segment; index++) {
      const { kind, start } = segments[index] ?? { kind: 'round', start: -1 };
      if (kind !== 'round') said++;
      if (kind !== 'round') continue;
      this.#steps++;
      for (const { name } of callsOf(history[start])) this.#calls.set(name, (this.#calls.get(name) ?? 0) + 1);
    }
    this.#said += said - (cut.kept.length - Math.min(cut.kept.length, head));
  }

  #shorten({ shortened: wanted }: CutPlan): void {
    for (const { position, characters } of wanted) {
      const message = this.#timeline.history[position];
      if (message?.role !== 'tool' || this.#shortened.get(position) === characters) continue;
      const content = shortened(textOf(message.content), message.toolCallId, characters, this.#readBack);
      const shorter: Message = { ...message, content };
      const by = sizeOf(this.#shown(position)).size - sizeOf(shorter).size;
      this.#shortened.set(position, characters);
      this.#shorter.set(position, shorter);
      const { segments } = this.#timeline;
      const index = this.#timeline.segmentFrom(position + 1) - 1;
      if (segments[index]) this.#timeline.shrink(index, by);
    }
  }

  /** Begins to weigh anew; what came behind the cut is counted as if it had been appended after it. */
  #rebalance(segment: number, at: number): void {
    this.#balance.restart(segment);
    const { segments, history } = this.#timeline;
    for (let index = segment; index < segments.length; index++) {
      const each = segments[index];
      if (!each) continue;
      if (each.start >= at && history[each.start]?.role === 'assistant') this.#balance.requested();
      this.#balance.grown(each, each.size, true);
    }
  }
}
