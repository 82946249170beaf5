import { type ModelRequest, type Note, PerigeeError, type StreamOptions } from '../../core/index.ts';
import { pause } from '../pause.ts';
import type { Admission, Place } from './admission.ts';
import type { Outcome } from './breaker.ts';
import { mayRecover, mostTelling } from './failure.ts';
import type { Lane } from './lane.ts';
import type { RoutingOptions } from './options.ts';
import type { OrderOf } from './order.ts';

/** What the requests for one model share. */
export interface Desk {
  readonly name: string;
  readonly options: RoutingOptions;
  readonly admission: Admission;
  readonly orderOf: OrderOf;
  readonly now: () => number;
}

/** The way of one request from upstream to upstream: which were asked, which may be asked yet, how they failed. */
export class Trip {
  readonly #desk: Desk;
  readonly #lanes: readonly Lane[];
  readonly #signal: AbortSignal | undefined;
  readonly #onNote: StreamOptions['onNote'];
  /** Every lane as often as it was asked: mostly one, once. */
  readonly #asked: Lane[] = [];
  readonly #excluded: Lane[] = [];
  readonly #errors: PerigeeError[] = [];
  /** How often each lane may have been asked by now. */
  #round = 0;

  constructor(desk: Desk, request: ModelRequest, { signal, onNote }: StreamOptions) {
    this.#desk = desk;
    this.#lanes = desk.orderOf(request);
    this.#signal = signal;
    this.#onNote = onNote;
  }

  /** A place at the next upstream, if there is one at once. */
  take(): Place | undefined {
    const place = this.#desk.admission.take(this.#allowed(this.#candidates()));
    return place && this.#taken(place);
  }

  /** A place at the next upstream, as soon as there is one. Throws the most telling error when there will be none. */
  async next(): Promise<Place> {
    const { admission } = this.#desk;
    for (;;) {
      const lanes = this.#candidates();
      const allowed = this.#allowed(lanes);
      const place = admission.take(allowed);
      if (place) return this.#taken(place);
      if (allowed.length === 0 || !admission.isWorthWaiting(allowed)) {
        if (allowed.length === lanes.length || !admission.isWorthWaiting(lanes)) throw this.#failure(lanes);
        await this.#nextRound();
        continue;
      }
      this.note('queued', `waits for a place at ${allowed.map(({ upstream }) => upstream.name).join(', ')}`);
      const waited = await admission.wait(allowed, this.#signal);
      if (waited) return this.#taken(waited);
    }
  }

  /** The upstream failed. Returns what that means for its breaker. */
  failed(lane: Lane, error: PerigeeError, when: string): Outcome {
    const { now, options } = this.#desk;
    const { outcome, restMs } = lane.failed(error, now());
    const status = error.status === undefined ? '' : ` (${error.status})`;
    this.#errors.push(error);
    this.note('failed', `failed with ${error.code}${status} ${when}`, lane);
    if (restMs > 0) this.note('rested', `rests for ${Math.ceil(restMs)} ms after ${error.code}`, lane);
    if (!mayRecover(error) || this.#triesOf(lane) > (options.retries ?? 2)) this.#excluded.push(lane);
    return outcome;
  }

  /** The error of a request that no upstream could answer. */
  error(): PerigeeError | undefined {
    return mostTelling(this.#errors);
  }

  note(action: string, text: string, lane?: Lane): void {
    if (!this.#onNote) return;
    const { name, model } = lane?.upstream ?? {};
    const note: Note = {
      stage: 'route',
      action,
      text: name === undefined ? text : `${name} ${text}`,
      ...(name !== undefined && { upstream: name }),
      ...(model?.prices && { prices: model.prices }),
    };
    this.#onNote(note);
  }

  /** Those whose turn it is before others are asked again. */
  #allowed(lanes: readonly Lane[]): readonly Lane[] {
    if (this.#asked.length === 0) return lanes;
    return lanes.filter((lane) => this.#triesOf(lane) <= this.#round);
  }

  #triesOf(lane: Lane): number {
    let tries = 0;
    for (const asked of this.#asked) if (asked === lane) tries++;
    return tries;
  }

  #taken(place: Place): Place {
    this.#asked.push(place.lane);
    return place;
  }

  /** Those that may be asked yet: the untried first, those that lately refused us last. */
  #candidates(): readonly Lane[] {
    const now = this.#desk.now();
    if (this.#asked.length === 0 && !this.#lanes.some((lane) => lane.refused(now))) return this.#lanes;
    const rank = (lane: Lane) => this.#triesOf(lane) + (lane.refused(now) ? 0.5 : 0);
    return this.#lanes.filter((lane) => !this.#excluded.includes(lane)).sort((a, b) => rank(a) - rank(b));
  }

  /** Waits before upstreams are asked again that failed already. */
  async #nextRound(): Promise<void> {
    const { baseDelayMs = 500, maxDelayMs = 30_000, random = Math.random, sleep } = this.#desk.options;
    const longest = Math.min(maxDelayMs, baseDelayMs * 2 ** this.#round++);
    await pause(random() * longest, sleep, this.#signal);
  }

  #failure(lanes: readonly Lane[]): PerigeeError {
    const now = this.#desk.now();
    const refusals = lanes.flatMap((lane) => lane.refusal(now, this.#triesOf(lane) > 0) ?? []);
    return (
      mostTelling([...this.#errors, ...refusals]) ??
      new PerigeeError('overloaded', `No upstream of ${this.#desk.name} takes requests now.`, {
        remedy: 'Send the request again a little later.',
        retryable: true,
      })
    );
  }
}
