import { type Message, textOf, type UserMessage } from '../../core/index.ts';
import type { CutPlan } from './cut-plan.ts';
import { callsOf, cutNote } from './note.ts';
import { sizeOf } from './size.ts';
import { shortened } from './spill.ts';
import type { Timeline } from './timeline.ts';

/** The note before there is one, in characters. */
const USUAL_NOTE = 1_000;

/** What has been cut out of a history so far, and what stands in its place. */
export class CutState {
  readonly #timeline: Timeline;
  readonly #readBack: boolean;
  readonly #calls = new Map<string, number>();
  readonly #shorter = new Map<number, Message>();
  #steps = 0;
  /** Messages outside of steps. */
  #said = 0;
  /** The first segment behind the last cut. */
  from = 0;
  /** Positions before that which stayed. */
  kept: readonly number[] = [];
  /** Results that are shown shorter, with the characters they have. */
  readonly shortened = new Map<number, number>();
  summary: string | undefined;
  note: UserMessage | undefined;

  constructor(timeline: Timeline, readBack: boolean) {
    this.#timeline = timeline;
    this.#readBack = readBack;
  }

  /** What the note takes up, or will. */
  get noteSize(): number {
    return this.note ? sizeOf(this.note).size : USUAL_NOTE;
  }

  /** The message at a position as it is shown. */
  shown(position: number): Message {
    return this.#shorter.get(position) ?? (this.#timeline.history[position] as Message);
  }

  /** Rounds that a cut up to a position of the history takes out. */
  stepsUpTo(tailFrom: number): number {
    const { segments } = this.#timeline;
    const end = this.#timeline.segmentFrom(tailFrom);
    let steps = 0;
    for (let index = this.from; index < end; index++) if (segments[index]?.kind === 'round') steps++;
    return steps;
  }

  take(cut: CutPlan, summary: string | undefined): void {
    this.#count(cut);
    this.from = this.#timeline.segmentFrom(cut.tailFrom);
    this.kept = cut.kept;
    for (const { position, characters } of cut.shortened) this.#shorten(position, characters);
    this.summary = summary ?? this.summary;
    if (this.#steps + this.#said === 0) return;
    const tally = { steps: this.#steps, messages: this.#said, calls: this.#calls };
    this.note = cutNote(this.#timeline, cut.tailFrom, tally, this.summary, this.#readBack);
  }

  #count({ tailFrom, kept }: CutPlan): void {
    const { segments, history, head } = this.#timeline;
    const end = this.#timeline.segmentFrom(tailFrom);
    this.#said += Math.max(0, this.kept.length - head) - Math.max(0, kept.length - head);
    for (let index = Math.max(head, this.from); index < end; index++) {
      const segment = segments[index];
      if (segment?.kind !== 'round') {
        this.#said++;
        continue;
      }
      this.#steps++;
      for (const { name } of callsOf(history[segment.start])) {
        this.#calls.set(name, (this.#calls.get(name) ?? 0) + 1);
      }
    }
  }

  #shorten(position: number, characters: number): void {
    const message = this.#timeline.history[position];
    if (message?.role !== 'tool' || this.shortened.get(position) === characters) return;
    const content = shortened(textOf(message.content), message.toolCallId, characters, this.#readBack);
    const shorter: Message = { ...message, content };
    const by = sizeOf(this.shown(position)).size - sizeOf(shorter).size;
    this.shortened.set(position, characters);
    this.#shorter.set(position, shorter);
    this.#timeline.shrink(this.#timeline.segmentFrom(position + 1) - 1, by);
  }
}
