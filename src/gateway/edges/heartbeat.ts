import type { GatewayLimits } from '../options.ts';

/** Something that has to act when time passes. */
export interface Beating {
  /** `now` as of `performance.now()`. */
  beat(now: number): void;
  /** Where it stands among the others; the heartbeat's own. Begins as -1. */
  place: number;
}

/** How often the shortest limit is looked at while it runs. */
const LOOKS = 4;
const SHORTEST_MS = 5;
const LONGEST_MS = 1000;

/** One interval for all requests together: a timer each would cost more than most of them. */
export class Heartbeat {
  readonly #limits: () => Required<GatewayLimits>;
  /** Not a set: each request comes and goes, and a set that shrinks is made anew. */
  readonly #members: Beating[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: () => Required<GatewayLimits>) {
    this.#limits = limits;
  }

  add(member: Beating): void {
    member.place = this.#members.push(member) - 1;
    if (this.#timer !== undefined) return;
    const { bodyMs, pingMs } = this.#limits();
    const period = Math.max(SHORTEST_MS, Math.min(LONGEST_MS, Math.min(bodyMs, pingMs) / LOOKS));
    this.#timer = setInterval(() => this.#beat(), period);
    this.#timer.unref();
  }

  delete(member: Beating): void {
    const { place } = member;
    if (place < 0) return;
    member.place = -1;
    const last = this.#members.pop()!;
    if (last === member) return;
    last.place = place;
    this.#members[place] = last;
  }

  #beat(): void {
    // The interval outlives short silences, so that requests one after the other do not make one each.
    if (this.#members.length === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const now = performance.now();
    // From the end: whoever leaves is replaced by one that was asked already.
    for (let at = this.#members.length - 1; at >= 0; at--) this.#members[at]?.beat(now);
  }
}
