import type { StreamEvent } from '../../core/index.ts';
import { ARGUMENT_MARKERS, type Marker } from '../engine/markers.ts';
import { TextMode } from '../engine/text-mode.ts';
import { ArgumentsMode } from '../native/arguments-mode.ts';
import { HeaderMode } from '../native/header-mode.ts';
import { LeakMode } from '../native/leak-mode.ts';
import { CloserMode } from '../tags/closer-mode.ts';
import { TagMode } from '../tags/tag-mode.ts';
import { WholeAnswerMode } from '../whole/whole-answer-mode.ts';
import { MARKER_REASONS, REASONS } from './reasons-data.ts';
import { Tape } from './tape.ts';
import type { Step } from './watched.ts';

/** What a piece of raw text is. */
export type PieceKind = 'text' | 'reasoning' | 'marker' | 'header' | 'arguments' | 'call' | 'noise' | 'rest';

/** Pieces that belong to one call, or to several that were written as one, and what they gave. */
export interface Group {
  readonly events: StreamEvent[];
}

/** What a character of the source was read as, the last time that it was. */
export interface Fate {
  readonly kind: PieceKind;
  readonly why: string;
  readonly group?: Group;
  /** It was read as something else before. */
  readonly again?: boolean;
}

/** Follows the steps of the machine and keeps for each character of the source what it was read as. */
export class FateReader {
  readonly fates: Fate[];
  readonly #tape: Tape;
  /** 1 for each character that was read before as something else. */
  readonly #again: Uint8Array;
  #group: Group | undefined;

  constructor(source: string) {
    this.fates = new Array<Fate>(source.length);
    this.#again = new Uint8Array(source.length);
    this.#tape = new Tape(source);
  }

  step(step: Step): void {
    const positions = this.#tape.take(step.text.length);
    this.#assign(positions, this.#fatesOf(step));
    this.#bind(step);
    if (step.rewound !== undefined)
      for (const position of this.#tape.putBack(step.rewound)) this.#again[position] = 1;
    if (step.released !== '') {
      const released = this.#tape.last(step.released.length);
      for (const position of released) this.#again[position] = 1;
      this.#assign(released, [[released.length, plain(step.channel)]]);
    }
    if (step.stopped) this.#assign(this.#tape.drop(), [[Infinity, { kind: 'rest', why: REASONS.rest }]]);
    if (step.left && step.entered.length === 0) this.#group = undefined;
  }

  /** Whatever was never read, once the machine has ended. */
  end(): void {
    this.#assign(this.#tape.drop(), [[Infinity, { kind: 'rest', why: REASONS.rest }]]);
  }

  #assign(positions: readonly number[], parts: readonly (readonly [length: number, fate: Fate])[]): void {
    let at = 0;
    for (const [length, fate] of parts) {
      const again = { ...fate, again: true };
      const end = Math.min(positions.length, at + length);
      for (; at < end; at++) {
        const position = positions[at]!;
        this.fates[position] = this.#again[position] === 1 ? again : fate;
      }
    }
  }

  #bind({ events }: Step): void {
    for (const event of events) {
      if (event.type === 'text-delta' || event.type === 'reasoning-delta' || event.type === 'finish')
        continue;
      this.#group ??= { events: [] };
      this.#group.events.push(event);
    }
  }

  #fatesOf(step: Step): (readonly [number, Fate])[] {
    const { mode } = step;
    if (mode instanceof TextMode) return this.#plainFates(step);
    this.#group ??= { events: [] };
    if (mode instanceof HeaderMode) return this.#markedFates(step, 'header', REASONS.header);
    if (mode instanceof ArgumentsMode) return this.#markedFates(step, 'arguments', REASONS.arguments);
    if (mode instanceof CloserMode) return this.#whole(step, 'marker', REASONS.closer);
    if (mode instanceof LeakMode) return this.#whole(step, 'arguments', REASONS.leakedArguments);
    if (mode instanceof WholeAnswerMode) return this.#markedFates(step, 'call', REASONS.wholeAnswer);
    return this.#whole(step, 'call', REASONS.tag);
  }

  #whole({ text }: Step, kind: PieceKind, why: string): (readonly [number, Fate])[] {
    return [[text.length, { kind, why, group: this.#group! }]];
  }

  /** Text, with a marker or the header of a call that lost its markers behind it. */
  #plainFates(step: Step): (readonly [number, Fate])[] {
    const { text, channel, written, entered, markers } = step;
    const [next] = entered;
    if (next instanceof ArgumentsMode || next instanceof LeakMode) return this.#leakFates(step);
    const marker = markerBehind(text, markers);
    const isText = marker && written.at(-1) === marker.text && !(next instanceof TagMode);
    if (marker && !isText) {
      const opensCall = next instanceof HeaderMode || next instanceof TagMode;
      if (opensCall) this.#group = { events: [] };
      const fate: Fate = {
        kind: 'marker',
        why: MARKER_REASONS[marker.kind],
        ...(opensCall && { group: this.#group! }),
      };
      return [
        [text.length - marker.text.length, plain(channel)],
        [marker.text.length, fate],
      ];
    }
    if (next) this.#group = { events: [] };
    return [[text.length, plain(channel)]];
  }

  /** The header of a call that lost its markers, all or some, behind text. */
  #leakFates({ text, channel, written, markers }: Step): (readonly [number, Fate])[] {
    const group = { events: [] };
    this.#group = group;
    const before = written.reduce((sum, part) => sum + part.length, 0);
    const marker = markerBehind(text, markers);
    const behind = marker?.text.length ?? 0;
    const header: Fate = { kind: 'header', why: REASONS.leakedHeader, group };
    return [
      [before, plain(channel)],
      [text.length - before - behind, header],
      ...(marker ? [[behind, { kind: 'marker', why: MARKER_REASONS[marker.kind], group }] as const] : []),
    ];
  }

  /** What belongs to a call, with the marker that ends it behind it. */
  #markedFates(step: Step, kind: PieceKind, why: string): (readonly [number, Fate])[] {
    const { text, left, stopped, entered } = step;
    const marker = markerBehind(text, ARGUMENT_MARKERS);
    const isMarker = marker && (left || stopped || marker.kind === 'argument-begin' || kind === 'header');
    const group = this.#group!;
    if (!isMarker || (entered.length > 0 && marker.kind !== 'argument-begin'))
      return this.#whole(step, kind, why);
    // An opener behind an opener: the first one opened nothing.
    if (kind === 'header' && marker.kind === 'call-begin') this.#group = { events: [] };
    return [
      [text.length - marker.text.length, { kind, why, group }],
      [marker.text.length, { kind: 'marker', why: MARKER_REASONS[marker.kind], group: this.#group! }],
    ];
  }
}

function plain(channel: Step['channel']): Fate {
  if (channel === 'noise') return { kind: 'noise', why: REASONS.noise };
  return channel === 'content'
    ? { kind: 'text', why: REASONS.text }
    : { kind: 'reasoning', why: REASONS.reasoning };
}

function markerBehind(text: string, markers: readonly Marker[]): Marker | undefined {
  return markers.find((marker) => text.endsWith(marker.text));
}
