import {
  addUsage,
  type Finish,
  type ReasoningDelta,
  type StreamEvent,
  type TextDelta,
  TextParts,
  type Usage,
} from '../../core/index.ts';
import { RepeatedText } from './repeated-text.ts';

type Batch = readonly StreamEvent[];

/** Characters of text that are kept; no model writes as many. */
const MOST_TEXT = 8 * 1024 * 1024;

/**
 * Hands the events of one answer on, also when it takes several upstreams to get it. Until a call was handed on the
 * answer can be begun again; what follows is then joined to what is out already. One `finish` comes out, with the
 * usage of all answers.
 */
export class Relay {
  /** A call was handed on, or more text than is kept: nothing can be begun again. */
  called = false;
  /** The present answer has ended. */
  finished = false;
  /** It had neither text nor a call; its end is held. */
  empty = false;
  /** It cannot be joined to what is out. */
  clashes = false;
  /** Of the answers before the present one. */
  usage: Usage | undefined;
  readonly #mayClash: boolean;
  /** The text as it reads since the last time that it began anew. */
  readonly #text = new TextParts();
  /** Some of that is no white space. */
  #hasShownText = false;
  #hasText = false;
  #hasReasoning = false;
  #reasoningIsPatched = false;
  #reasoningPause = '';
  #joint: RepeatedText | undefined;
  #swallowed = 0;
  /** Events that say nothing to the reader, held so that an empty answer leaves no trace. */
  #held: StreamEvent[] = [];
  /** What an earlier, empty answer held: better than an error if nothing better comes. */
  #spare: Batch = [];

  /** `mayClash`: the text has a form that a second beginning inside would destroy. */
  constructor(mayClash: boolean, usage?: Usage) {
    this.#mayClash = mayClash;
    this.usage = usage;
  }

  /** Text is out that does not stand for nothing. */
  get hasShownText(): boolean {
    return this.#hasShownText;
  }

  /** Characters of the present answer that were left out, being out already. */
  get swallowed(): number {
    return this.#swallowed;
  }

  /** What to hand on of a batch: mostly the batch itself. */
  read(batch: Batch): Batch {
    const isPlain = !this.#joint && !this.#reasoningIsPatched && this.#held.length === 0;
    if (!isPlain || batch.some(needsALook)) return this.#readEach(batch);
    for (const event of batch) this.#note(event);
    return batch;
  }

  /** The answer broke off or was empty: the next one takes its place. */
  restart(): void {
    if (this.empty) {
      this.#spare = this.release();
      this.usage = this.#spare.find((event) => event.type === 'finish')?.usage ?? this.usage;
    }
    this.#held = [];
    this.finished = false;
    this.empty = false;
    this.clashes = false;
    this.#hasText = false;
    this.#swallowed = 0;
    this.#joint = this.#text.length === 0 ? undefined : new RepeatedText(this.#text.toString());
    if (this.#hasReasoning) {
      this.#reasoningIsPatched = true;
      this.#reasoningPause = '\n\n';
    }
  }

  /** What to hand on when no further answer comes: with a `finish` only if what is out is an answer. */
  giveUp(): Batch {
    const held = this.release();
    if (this.hasShownText || this.called) return held.filter(({ type }) => type !== 'finish');
    return this.empty || this.#spare.length === 0 ? held : this.#spare;
  }

  /** Hands on what was held. */
  release(): Batch {
    const held = this.#held;
    this.#held = [];
    return held.map((event) => (event.type === 'finish' ? this.#total(event) : event));
  }

  #note(event: StreamEvent): void {
    if (event.type === 'text-delta') {
      if (this.called) return;
      this.#text.add(event.delta);
      this.#hasShownText ||= event.delta.trim() !== '';
      this.#hasText ||= event.delta.trim() !== '';
      this.called = this.#text.length > MOST_TEXT;
    } else if (event.type === 'reasoning-delta') this.#hasReasoning = true;
    else this.called = true;
  }

  #readEach(batch: Batch): StreamEvent[] {
    const out: StreamEvent[] = [];
    for (const event of batch) {
      if (event.type === 'finish') this.#finish(event, out);
      else if (event.type === 'tool-call-invalid' && event.index === undefined) this.#held.push(event);
      else if (event.type === 'text-delta' && this.#joint) this.#join(event, this.#joint, out);
      else if (event.type === 'reasoning-delta') this.#reason(event, out);
      else this.#pass(event, out);
    }
    return out;
  }

  #pass(event: StreamEvent, out: StreamEvent[]): void {
    for (const held of this.#held) out.push(held);
    this.#held = [];
    this.#note(event);
    out.push(event);
  }

  #join(event: TextDelta, joint: RepeatedText, out: StreamEvent[]): void {
    this.#hasText ||= event.delta.trim() !== '';
    if (this.clashes) return;
    const delta = joint.push(event.delta);
    this.#swallowed = joint.swallowed;
    if (joint.state === 'agreeing') return;
    if (joint.state === 'diverged' && this.#mayClash && this.hasShownText) {
      this.clashes = true;
      return;
    }
    this.#joint = undefined;
    if (delta !== '') this.#pass({ ...event, delta }, out);
    if (joint.state === 'diverged') this.#readsAs(joint.again);
  }

  #readsAs(text: string): void {
    this.#text.set(text);
    this.#hasShownText = text.trim() !== '';
  }

  #reason(event: ReasoningDelta, out: StreamEvent[]): void {
    if (!this.#reasoningIsPatched) {
      this.#pass(event, out);
      return;
    }
    // A signature would prove only the last part of what was shown, which is no proof.
    if (event.delta === '') return;
    this.#pass({ type: 'reasoning-delta', delta: this.#reasoningPause + event.delta }, out);
    this.#reasoningPause = '';
  }

  #finish(event: Finish, out: StreamEvent[]): void {
    this.finished = true;
    this.#held.push(event);
    const isGivenUp = event.reason === 'stop' || event.reason === 'error';
    this.empty = isGivenUp && !this.called && !this.#hasText;
    if (!this.empty && !this.clashes) out.push(...this.release());
  }

  #total(event: Finish): Finish {
    const usage = this.usage && event.usage ? addUsage(this.usage, event.usage) : this.usage;
    return usage ? { ...event, usage } : event;
  }
}

/** How far an answer was that broke, in words. */
export function whenOf(relay: Relay, begun: boolean): string {
  if (relay.called) return 'inside a call';
  if (relay.hasShownText) return 'inside the text';
  return begun ? 'inside the reasoning' : 'before its first event';
}

function needsALook({ type }: StreamEvent): boolean {
  return type === 'finish' || type === 'tool-call-invalid';
}
