import type { GatewayLimits } from '../options.ts';

/** Something that has to act when time passes. */
export interface Beating {
  /** `now` as of `performance.now()`. */
  beat(now: number): void;
}

/** How often the shortest limit is looked at while it runs. */
const LOOKS = 4;
const SHORTEST_MS = 5;
const LONGEST_MS = 1000;

/** One interval for all requests together: a timer each would cost more than most of them. */
export class Heartbeat {
  readonly #limits: () => Required<GatewayLimits>;
  readonly #members = new Set<Beating>();
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: () => Required<GatewayLimits>) {
    this.#limits = limits;
  }

  add(member: Beating): void {
    this.#members.add(member);
    if (this.#timer !== undefined) return;
    const { bodyMs, pingMs } = this.#limits();
    const period = Math.max(SHORTEST_MS, Math.min(LONGEST_MS, Math.min(bodyMs, pingMs) / LOOKS));
    this.#timer = setInterval(() => this.#beat(), period);
    this.#timer.unref();
  }

  delete(member: Beating): void {
    this.#members.delete(member);
  }

  #beat(): void {
    // The interval outlives short silences, so that requests one after the other do not make one each.
    if (this.#members.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const now = performance.now();
    for (const member of this.#members) member.beat(now);
  }
}
