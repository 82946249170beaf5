import { isJson, JsonScanner } from '../../core/index.ts';
import type { OpenCall } from '../engine/call-emitter.ts';
import type { Machine, Mode } from '../engine/machine.ts';
import { ARGUMENT_MARKERS, type Marker, markerAt, PARTIAL } from '../engine/markers.ts';
import { isObjectText, normalizeArguments } from '../values/arguments.ts';
import { TextBuffer } from '../values/text-buffer.ts';
import { callNamedByArguments, nameInHeader } from './call-name.ts';
import { hasId } from './leak-finder.ts';

const BAR = 124;
const OUTPUT_ENDS = ARGUMENT_MARKERS.filter(({ kind }) => kind === 'output-end');

/**
 * The arguments of a native call. An object streams out as it comes; everything else (a fence, an encoded
 * string, a call whose tool only the arguments can name) is handed on when it is whole.
 *
 * Arguments end at the first marker outside a JSON string. A marker inside a string may be part of the
 * string, so from there on text is held until the call's end shows which it was: if the value does not parse
 * with it, the call ended there and what was held is read again.
 */
export class ArgumentsMode implements Mode {
  readonly #machine: Machine;
  readonly #rawId: string;
  readonly #call: OpenCall | undefined;
  readonly #scanner = new JsonScanner();
  /** Whether deltas are handed on as they come; undefined before the first character. */
  #streams: boolean | undefined;
  readonly #text = new TextBuffer();
  /** What follows the complete object: part of the arguments only if a marker closes them. */
  #trailing = '';
  /** From the first marker inside a string on. */
  #held: string | undefined;

  constructor(machine: Machine, rawId: string) {
    this.#machine = machine;
    this.#rawId = rawId;
    machine.sectionHasCall = true;
    const name = nameInHeader(rawId, machine.tools);
    this.#call = name === undefined ? undefined : machine.calls.start(name, rawId);
  }

  read(input: string, from: number): number {
    const machine = this.#machine;
    let at = from;
    while (at < input.length) {
      const angle = nextMarker(input, at);
      if (angle > at) this.#take(input.slice(at, angle));
      at = angle;
      if (this.#length > machine.maxArgumentLength) return this.#overflow(at);
      if (at === input.length) return at;
      const marker = markerAt(input, at, ARGUMENT_MARKERS);
      if (marker === PARTIAL && !machine.final) return at;
      // The output broke off inside a marker; what came of it is no argument text.
      if (marker === PARTIAL && !this.#scanner.inString) return input.length;
      const text = typeof marker === 'object' ? marker.text : input[at]!;
      if (typeof marker === 'object') {
        if (!this.#scanner.inString) return this.#marker(marker, at);
        if (marker.kind !== 'output-end') {
          if (!machine.mayRewind) return this.#marker(marker, at);
          this.#held ??= '';
        }
      }
      this.#take(text);
      at += text.length;
    }
    return at;
  }

  end(): void {
    if (this.#held !== undefined && !this.#release()) {
      this.#fallBack();
      return;
    }
    if (this.#closeBeforeLeak()) return;
    if (this.#isWhole()) this.close();
    else {
      const text = withoutOutputEnds(this.#text.text);
      if (this.#call) this.#call.cut(text);
      else this.#machine.calls.cutEarly(this.#rawId, undefined, text);
    }
    this.#machine.afterCallEnd();
  }

  /** The call is whole as it stands. */
  close(): void {
    if (this.#streams) {
      if (this.#trailing.trim() !== '') this.#emit(this.#trailing.trimEnd());
      this.#call!.end(this.#text.text);
      return;
    }
    const text = normalizeArguments(this.#text.text + this.#trailing);
    const named = this.#call ? undefined : callNamedByArguments(text, this.#machine.tools);
    const call = this.#call ?? (named && this.#machine.calls.start(named.name, this.#rawId));
    if (!call) {
      this.#machine.calls.unresolved(this.#rawId, text);
      return;
    }
    const final = named?.arguments ?? text;
    call.delta(final);
    call.end(final);
  }

  get #length(): number {
    return this.#text.length + this.#trailing.length + (this.#held?.length ?? 0);
  }

  #take(text: string): void {
    if (this.#held !== undefined) {
      this.#scanner.scan(text);
      this.#held += text;
      return;
    }
    if (this.#streams === undefined) {
      const start = text.search(/\S/);
      if (start < 0) return;
      this.#streams = this.#call !== undefined && text[start] === '{';
      this.#take(start === 0 ? text : text.slice(start));
      return;
    }
    if (this.#scanner.complete) {
      this.#trailing += text;
      return;
    }
    const end = this.#scanner.scan(text);
    this.#emit(end === text.length ? text : text.slice(0, end));
    if (end < text.length) this.#trailing = text.slice(end);
  }

  #emit(text: string): void {
    this.#text.add(text);
    if (this.#streams) this.#call!.delta(text);
  }

  #marker(marker: Marker, at: number): number {
    const machine = this.#machine;
    const after = at + marker.text.length;
    if (marker.kind === 'argument-begin' && this.#length === 0) return after;
    if (this.#held !== undefined && !this.#release()) {
      this.#fallBack();
      return at;
    }
    if (marker.kind === 'output-end') {
      machine.stop();
      return after;
    }
    if (this.#closeBeforeLeak()) return at;
    this.close();
    machine.afterCallEnd();
    return marker.kind === 'call-end' || marker.kind === 'argument-begin' ? after : at;
  }

  /** Where only the next call's id survived, this call ended before it: what follows the object is read again. */
  #closeBeforeLeak(): boolean {
    const machine = this.#machine;
    const trailing = this.#trailing;
    if (!this.#streams || !machine.mayRewind || !hasId(trailing, machine.tools)) return false;
    this.#trailing = '';
    this.close();
    machine.afterCallEnd();
    machine.rewind(trailing);
    return true;
  }

  /** What was held belongs to the arguments if the value parses with it. */
  #release(): boolean {
    const held = this.#held!.trimEnd();
    if (!isJson(normalizeArguments(this.#text.text + held))) return false;
    this.#held = undefined;
    this.#emit(held);
    return true;
  }

  /** The call ended at the first marker of all; what was held is read again. */
  #fallBack(): void {
    const held = this.#held!;
    this.#held = undefined;
    this.close();
    this.#machine.afterCallEnd();
    this.#machine.rewind(held);
  }

  /** At the end of the output: whether the arguments are complete, prose behind them left out. */
  #isWhole(): boolean {
    if (this.#scanner.complete && isObjectText(this.#text.text)) {
      this.#trailing = '';
      return true;
    }
    const bare = normalizeArguments(this.#text.text);
    if (!this.#streams && this.#scanner.complete && isObjectText(bare)) {
      this.#text.replace(bare);
      this.#trailing = '';
      return true;
    }
    const text = this.#text.text + this.#trailing;
    return !this.#streams && /^\s*["[`{]/.test(text) && isJson(normalizeArguments(text));
  }

  #overflow(at: number): number {
    const machine = this.#machine;
    const text = (this.#text.text + this.#trailing + (this.#held ?? '')).slice(0, machine.maxArgumentLength);
    if (this.#call) this.#call.cut(text);
    else machine.calls.cutEarly(this.#rawId, undefined, text);
    // The rest of the arguments is not content: it is dropped like noise, up to the section's end.
    machine.openSection();
    machine.sectionHasCall = true;
    machine.afterCallEnd();
    return at;
  }
}

/** Where the next marker may begin. */
function nextMarker(input: string, from: number): number {
  let at = input.indexOf('<', from);
  while (at >= 0 && at + 1 < input.length && input.charCodeAt(at + 1) !== BAR)
    at = input.indexOf('<', at + 1);
  return at < 0 ? input.length : at;
}

/** The text without white space and markers of the output's end behind it. */
function withoutOutputEnds(text: string): string {
  let rest = text.trimEnd();
  for (;;) {
    const marker = OUTPUT_ENDS.find(({ text: end }) => rest.endsWith(end));
    if (!marker) return rest;
    rest = rest.slice(0, -marker.text.length).trimEnd();
  }
}
