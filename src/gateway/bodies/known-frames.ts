import { Frame } from './frame.ts';

/** Frames that one owner has at most. */
const MOST = 16;
/** The latest ones, of which another value of a field is looked for. */
const VARIED = 4;
/** Bytes of a frame for each of its own: itself, parsed, decoded, as it is sent. */
const FACTOR = 6;

interface Owned {
  readonly owner: string;
  readonly frame: Frame;
}

/** The frames of each owner's latest bodies. Takes so many bytes and forgets what was used longest ago. */
export class KnownFrames {
  readonly #limit: number;
  /** The latest first. */
  readonly #frames = new Map<string, Owned[]>();
  /** Bodies without a known frame since there was one with. */
  readonly #misses = new Map<string, number>();
  /** In the order of use, the latest last. */
  readonly #used = new Set<Owned>();
  #latest: Owned | undefined;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that they take, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The frame of a body, if it is known, or if but for the value of one field it is. */
  find(owner: string, bytes: Buffer): Frame | undefined {
    const owned = this.#frames.get(owner);
    if (owned === undefined) return undefined;
    let varied: Frame | undefined;
    let at = owned.findIndex(({ frame }) => frame.surrounds(bytes));
    if (at < 0) {
      at = owned.slice(0, VARIED).findIndex(({ frame }) => {
        varied = frame.variedIn(bytes);
        return varied !== undefined;
      });
    }
    if (at < 0) return undefined;
    const found = owned[at]!;
    if (at > 0) owned.unshift(...owned.splice(at, 1));
    this.#use(found);
    this.#misses.set(owner, 1);
    return varied ?? found.frame;
  }

  /**
   * Looks for the frame of a body whose frame is not known. Done for the second one in a row, and less and less often where
   * that is of no use: to find it costs as much as to parse the body.
   */
  learn(owner: string, field: string, bytes: Buffer): void {
    const misses = (this.#misses.get(owner) ?? 0) + 1;
    this.#misses.set(owner, misses);
    if (misses < 2 || (misses & (misses - 1)) !== 0) return;
    const frame = Frame.of(bytes, field);
    if (frame === undefined || frame.length * FACTOR > this.#limit) return;
    const entry = { owner, frame };
    const owned = this.#frames.get(owner) ?? [];
    this.#frames.set(owner, owned);
    owned.unshift(entry);
    this.#use(entry);
    this.#bytes += frame.length * FACTOR;
    if (owned.length > MOST) this.#forget(owned.at(-1)!);
    for (const oldest of this.#used) {
      if (this.#bytes <= this.#limit) return;
      this.#forget(oldest);
    }
  }

  #use(entry: Owned): void {
    if (entry === this.#latest) return;
    this.#latest = entry;
    this.#used.delete(entry);
    this.#used.add(entry);
  }

  #forget(entry: Owned): void {
    const { owner, frame } = entry;
    const rest = (this.#frames.get(owner) ?? []).filter((other) => other !== entry);
    if (rest.length > 0) this.#frames.set(owner, rest);
    else this.#frames.delete(owner);
    this.#used.delete(entry);
    if (entry === this.#latest) this.#latest = undefined;
    this.#bytes -= frame.length * FACTOR;
  }
}
