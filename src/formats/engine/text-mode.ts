import { ArgumentsMode } from '../native/arguments-mode.ts';
import { HeaderMode } from '../native/header-mode.ts';
import { findLeak, heldTail, type Leak } from '../native/leak-finder.ts';
import { LeakMode } from '../native/leak-mode.ts';
import { TagMode } from '../tags/tag-mode.ts';
import { WholeAnswerMode } from '../whole/whole-answer-mode.ts';
import type { Machine, Mode } from './machine.ts';
import { type Marker, type MarkerKind, markerAt, PARTIAL } from './markers.ts';
import { beginningOfMarker, TextWriter } from './text-writer.ts';

/** Markers that leave nothing behind: the text before and after them is joined. */
const VANISHING: ReadonlySet<MarkerKind> = new Set([
  'section-begin',
  'section-end',
  'call-begin',
  'argument-begin',
  'call-end',
  'think-end',
]);

/** Plain text: content, reasoning, and the noise between the calls of a section. */
export class TextMode implements Mode {
  readonly #machine: Machine;
  readonly #writer: TextWriter;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#writer = new TextWriter(machine);
  }

  read(input: string, from: number): number {
    const { markers, final } = this.#machine;
    let angle = input.indexOf('<', from);
    let bracket = input.indexOf('[', from);
    while (angle >= 0 || bracket >= 0) {
      const isAngle = angle >= 0 && (bracket < 0 || angle < bracket);
      const at = isAngle ? angle : bracket;
      const found = markerAt(input, at, markers);
      if (found !== undefined && !(found === PARTIAL && final)) {
        const read = this.#plain(input, from, at, found);
        return found === PARTIAL || read < at ? read : this.#marker(found, at);
      }
      if (isAngle) angle = input.indexOf('<', at + 1);
      else bracket = input.indexOf('[', at + 1);
    }
    return this.#plain(input, from, input.length, final ? undefined : PARTIAL);
  }

  end(): void {
    const machine = this.#machine;
    this.#writer.end();
    if (machine.inSection && !machine.sectionHasCall) machine.truncated = true;
    if (machine.channel === 'reasoning' && machine.outOfTokens) machine.truncated = true;
  }

  /** Hands text on, once it is clear that it is text. */
  write(text: string): void {
    this.#writer.write(text);
  }

  /**
   * Text without markers, from `from` to `to`. `next` is what follows: a marker, nothing at all, or `PARTIAL`
   * when that is not known yet. Returns how far it is decided.
   */
  #plain(input: string, from: number, to: number, next: Marker | typeof PARTIAL | undefined): number {
    const machine = this.#machine;
    if (machine.atStart && machine.channel === 'content') {
      const whole = this.#wholeAnswer(input, from, to);
      if (whole !== undefined) return whole;
    }
    let decided = to;
    if (machine.tools.longestName > 0) {
      const { last } = this.#writer;
      const leak = machine.mayRewind ? findLeak(input, from, to, next, last, machine) : undefined;
      if (leak) {
        this.write(input.slice(from, leak.from));
        return this.#leak(leak, input);
      }
      if (next === PARTIAL) decided = heldTail(input, from, to, last, machine.tools);
    }
    const text = input.slice(from, decided);
    if (typeof next === 'object') {
      if (VANISHING.has(next.kind)) this.#writer.writeBeforeVanished(text);
      else {
        this.write(text);
        this.#writer.closeSeam();
      }
      return decided;
    }
    // What stands before a marker's beginning can only be written once it is clear what that becomes.
    const sure = next === PARTIAL && to < input.length ? beginningOfMarker(text) : text.length;
    this.write(text.slice(0, sure));
    return from + sure;
  }

  /** An answer that as a whole may be a list of calls; returns where it begins, or undefined. */
  #wholeAnswer(input: string, from: number, to: number): number | undefined {
    const machine = this.#machine;
    if (!machine.wholeAnswers.json && !machine.wholeAnswers.pythonic) return undefined;
    let at = from;
    while (at < to && input[at]!.trim() === '') at++;
    if (at === to || !'[{`'.includes(input[at]!)) return undefined;
    // What is held before a vanished marker does not go on with any of these: then it is text, and no beginning.
    this.#writer.closeSeam();
    if (!machine.atStart) return undefined;
    this.write(input.slice(from, at));
    machine.enter(new WholeAnswerMode(machine));
    return at;
  }

  #leak(leak: Leak, input: string): number {
    const machine = this.#machine;
    if (leak.kind === 'header') {
      machine.enter(new ArgumentsMode(machine, leak.id));
      return leak.to;
    }
    machine.enter(new LeakMode(machine, leak, input.slice(leak.from, leak.to)));
    return leak.to;
  }

  #marker(marker: Marker, at: number): number {
    const machine = this.#machine;
    const after = at + marker.text.length;
    switch (marker.kind) {
      case 'section-begin':
        machine.openSection();
        return after;
      case 'section-end':
        if (machine.inSection) machine.closeSection();
        return after;
      case 'call-begin':
        machine.enter(new HeaderMode(machine));
        return after;
      case 'argument-begin':
      case 'call-end':
        return after;
      case 'output-end':
        machine.stop();
        return after;
      case 'think-begin':
        if (this.#opensReasoning()) machine.channel = 'reasoning';
        else this.write(marker.text);
        return after;
      case 'think-end':
        if (machine.channel === 'reasoning') machine.channel = 'content';
        return after;
      case 'tag-begin':
        if (machine.channel !== 'noise' && machine.mayRewind)
          machine.enter(new TagMode(machine, marker.text));
        else this.write(marker.text);
        return after;
      default:
        return marker.kind satisfies never;
    }
  }

  /** `<think>` counts only at the beginning; elsewhere it is text about it. */
  #opensReasoning(): boolean {
    const { atStart, channel } = this.#machine;
    return atStart && (channel === 'content' || (channel === 'reasoning' && !this.#writer.reasoned));
  }
}
