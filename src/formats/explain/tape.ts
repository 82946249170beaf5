import { ARGUMENT_MARKERS } from '../engine/markers.ts';

/** Characters at the end of what was read that a rewind may leave out: a marker, or the beginning of one. */
const LONGEST_LEFT_OUT = 40;

/**
 * Where in the source each character is that the machine reads. What is read moves from the rest onto the tape; what
 * is to be read again moves back.
 */
export class Tape {
  readonly #source: string;
  /** The first character that was never read. */
  #fresh = 0;
  /** Positions that are to be read again, the next one last. */
  readonly #again: number[] = [];
  readonly #read: number[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  /** The positions of the next characters, which are now read. */
  take(count: number): number[] {
    const taken: number[] = [];
    while (taken.length < count) taken.push(this.#again.pop() ?? this.#fresh++);
    for (const position of taken) this.#read.push(position);
    return taken;
  }

  /** The positions of all that is left: it is never read. */
  drop(): number[] {
    const dropped = this.#again.splice(0).reverse();
    while (this.#fresh < this.#source.length) dropped.push(this.#fresh++);
    return dropped;
  }

  /** The last characters that were read, as many as asked for. */
  last(count: number): number[] {
    return this.#read.slice(Math.max(0, this.#read.length - count));
  }

  /** Has a text read again that was the last one to be read, but for markers in and behind it. Returns its positions. */
  putBack(text: string): number[] {
    for (let leftOut = 0; leftOut <= LONGEST_LEFT_OUT; leftOut++) {
      const start = this.#read.length - leftOut - text.length;
      if (start < 0) break;
      if (this.#holds(text, start)) return this.#return(start, start + text.length);
    }
    return this.#putBackBetweenMarkers(text);
  }

  /** Whether a text stands on the tape from there on. Most that do not differ at their end. */
  #holds(text: string, start: number): boolean {
    for (let at = text.length - 1; at >= 0; at--) {
      if (this.#source[this.#read[start + at]!] !== text[at]) return false;
    }
    return true;
  }

  #return(from: number, to: number): number[] {
    const positions = this.#read.slice(from, to);
    this.#read.splice(from, to - from);
    for (let at = positions.length - 1; at >= 0; at--) this.#again.push(positions[at]!);
    return positions;
  }

  /** Markers that were taken out of the text stay read. */
  #putBackBetweenMarkers(text: string): number[] {
    const positions: number[] = [];
    let at = this.#read.length;
    for (let left = text.length; left > 0 && at > 0; ) {
      const marker = ARGUMENT_MARKERS.find(
        (candidate) => at >= candidate.text.length && this.#holds(candidate.text, at - candidate.text.length),
      );
      if (marker && !text.slice(0, left).endsWith(marker.text)) at -= marker.text.length;
      else if (this.#source[this.#read[at - 1]!] === text[left - 1]) {
        positions.push(this.#read[--at]!);
        left--;
      } else at--;
    }
    this.#read.length = at;
    for (const position of positions) this.#again.push(position);
    return positions.reverse();
  }
}
