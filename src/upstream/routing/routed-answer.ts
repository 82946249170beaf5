import {
  abortedError,
  Batches,
  type BatchTaker,
  type ModelRequest,
  PerigeeError,
  type StreamEvent,
  type StreamOptions,
} from '../../core/index.ts';
import { cutShort } from '../answer-error.ts';
import { RawChunks } from '../raw-chunks.ts';
import type { Place } from './admission.ts';
import { askLane } from './ask-lane.ts';
import type { Outcome } from './breaker.ts';
import { verdictOn } from './failure.ts';
import type { Lane } from './lane.ts';
import { Relay, whenOf } from './relay.ts';
import { type Desk, Trip } from './trip.ts';

type Batch = readonly StreamEvent[];

/** The answer of one upstream, as far as it came. */
interface Present {
  readonly place: Place;
  readonly batches: Batches;
  readonly raw: RawChunks;
  begun: boolean;
  outcome: Outcome;
}

/** One answer, whichever upstreams it takes to get it. */
export class RoutedAnswer extends Batches implements BatchTaker {
  readonly #desk: Desk;
  readonly #request: ModelRequest;
  readonly #options: StreamOptions;
  readonly #whole: boolean;
  #trip: Trip | undefined;
  #relay: Relay;
  /** What is not handed on before the end. */
  #kept: StreamEvent[] = [];
  /** What of a whole answer came before it broke: handed on only before the error, for whoever counts what it cost. */
  #broken: Batch = [];
  #present: Present | undefined;
  #served: Lane | undefined;
  /** Whose empty answer is the best so far. */
  #spare: Lane | undefined;
  #restarts = 0;
  #emptyAnswers = 0;
  #over = false;
  #taker: BatchTaker | undefined;
  /** Comes after the batch that was handed out last. */
  #error: { readonly error: unknown } | undefined;

  constructor(desk: Desk, request: ModelRequest, options: StreamOptions) {
    super();
    this.#desk = desk;
    this.#request = request;
    this.#options = options;
    this.#whole = options.whole ?? false;
    this.#relay = new Relay(this.#mayClash);
  }

  override ask(taker: BatchTaker): void {
    this.#taker = taker;
    if (this.#present) {
      this.#present.batches.ask(this);
      return;
    }
    if (!this.#over) {
      this.#begin();
      return;
    }
    const error = this.#error;
    this.#error = undefined;
    if (error) taker.failed(error.error);
    else taker.ended();
  }

  override async return(): Promise<IteratorResult<Batch, undefined>> {
    this.#over = true;
    this.#error = undefined;
    const present = this.#present;
    this.#present = undefined;
    try {
      await present?.batches.return();
    } finally {
      if (present) this.#leave(present);
    }
    return { done: true, value: undefined };
  }

  /** The text of a form such as JSON would be destroyed by a second beginning. */
  get #mayClash(): boolean {
    return this.#request.responseFormat !== undefined;
  }

  /** Asks the next upstream: at once if it has a place, as it nearly always has. */
  #begin(): void {
    const { signal } = this.#options;
    let trip: Trip;
    let place: Place | undefined;
    try {
      if (signal?.aborted) throw abortedError(signal);
      trip = this.#trip ??= new Trip(this.#desk, this.#request, this.#options);
      place = trip.take();
    } catch (error) {
      this.#turnedAway(error);
      return;
    }
    if (place) this.#seated(place);
    else {
      trip.next().then(
        (late) => this.#seated(late),
        (error: unknown) => this.#turnedAway(error),
      );
    }
  }

  #seated(place: Place): void {
    if (!this.#over) {
      this.#go(() => this.#send(place));
      return;
    }
    place.leave('unknown');
    this.#taker?.ended();
  }

  #turnedAway(error: unknown): void {
    const isAborted = this.#options.signal?.aborted;
    this.#go(() => this.#giveUp(isAborted ? [] : this.#relay.giveUp(), error, this.#spare));
  }

  /** Hands on what a step gives or, if that is nothing, what comes next. What it throws is how the answer fails. */
  #go(step: () => Batch | undefined): void {
    const taker = this.#taker!;
    let batch: Batch | undefined;
    try {
      batch = step();
    } catch (error) {
      taker.failed(error);
      return;
    }
    if (batch) taker.came(batch);
    else this.ask(taker);
  }

  #send(place: Place): undefined {
    const raw = new RawChunks(this.#options.onRawChunk);
    const batches = askLane(place.lane, this.#desk.options, this.#request, raw.observe(this.#options));
    this.#present = { place, batches, raw, begun: false, outcome: 'unknown' };
  }

  came(batch: Batch): void {
    const present = this.#present;
    if (!present) {
      this.#taker?.ended();
      return;
    }
    let shown: Batch;
    try {
      shown = this.#read(present, batch);
    } catch (error) {
      hangUp(present);
      this.failed(error);
      return;
    }
    if (this.#relay.clashes) {
      hangUp(present);
      this.#go(() => this.#answered(present, undefined));
    } else if (shown.length === 0) present.batches.ask(this);
    else this.#taker?.came(shown);
  }

  ended(): void {
    const present = this.#present;
    if (!present) this.#taker?.ended();
    else if (this.#relay.finished) this.#go(() => this.#answered(present, undefined));
    else this.failed(cutShort(`without a finish at ${present.place.lane.upstream.name}`));
  }

  failed(error: unknown): void {
    const present = this.#present;
    if (!present) this.#taker?.ended();
    else this.#go(() => this.#broke(present, error));
  }

  /** What is to be handed on of a batch now. */
  #read(present: Present, batch: Batch): Batch {
    const { lane } = present.place;
    if (!present.begun) present.place.begun();
    if (batch.length === 0) return batch;
    present.begun = true;
    present.outcome = 'success';
    const shown = this.#relay.read(batch);
    if (shown.length === 0 || this.#relay.clashes) return [];
    if (this.#whole) {
      for (const event of shown) this.#kept.push(event);
      return [];
    }
    if (this.#served !== lane) {
      this.#served = lane;
      present.raw.release();
      this.#trip!.note('served', 'answers', lane);
    }
    return shown;
  }

  #broke(present: Present, error: unknown): Batch | undefined {
    if (error instanceof PerigeeError && verdictOn(error) !== 'final') {
      if (this.#relay.finished) return this.#answered(present, undefined);
      present.outcome = this.#trip!.failed(present.place.lane, error, whenOf(this.#relay, present.begun));
      return this.#answered(present, error);
    }
    this.#end(present);
    present.raw.release();
    return this.#fail(error);
  }

  /** An upstream's answer is over: it stands, or another is asked for. */
  #answered(present: Present, failure: PerigeeError | undefined): Batch | undefined {
    const relay = this.#relay;
    const trip = this.#trip!;
    const { lane } = present.place;
    this.#end(present);
    if (relay.swallowed > 0) trip.note('swallowed', `repeated ${relay.swallowed} characters`, lane);
    if (relay.clashes) throw trip.error() ?? cutShort('and could not be begun again');
    if (!failure && !relay.empty) {
      present.raw.release();
      if (!this.#whole) return undefined;
      trip.note('served', 'answered', lane);
      return this.#kept;
    }
    if (failure ? !this.#whole && relay.called : ++this.#emptyAnswers > 1) {
      present.raw.release();
      const answering = failure ? (this.#spare ?? lane) : lane;
      return this.#giveUp(relay.giveUp(), failure ?? trip.error() ?? cutShort('empty'), answering);
    }
    if (!failure) {
      this.#spare = lane;
      trip.note('failed', 'gave an empty answer', lane);
    }
    const wasShown = present.begun && !this.#whole;
    if (failure && wasShown && ++this.#restarts > (this.#desk.options.restarts ?? 2)) {
      present.raw.release();
      return this.#fail(trip.error() ?? failure);
    }
    if (this.#whole && failure) {
      if (this.#kept.length > 0) this.#broken = this.#kept;
      this.#kept = [];
      this.#relay = new Relay(this.#mayClash, relay.usage);
    }
    this.#relay.restart();
    this.#over = false;
    return undefined;
  }

  /** Ends with what is left to be handed on and, if that is no answer, the error. */
  #giveUp(rest: Batch, error: unknown, answering: Lane | undefined): Batch {
    this.#over = true;
    if (rest.length === 0) return this.#fail(error);
    if (rest.at(-1)?.type !== 'finish') this.#error = { error };
    else if (answering) this.#trip?.note('served', 'answered', answering);
    return this.#whole ? [...this.#kept, ...rest] : rest;
  }

  /** Ends with an error, behind what came of a whole answer. */
  #fail(error: unknown): Batch {
    const broken = this.#kept.length > 0 ? this.#kept : this.#broken;
    if (broken.length === 0) throw error;
    this.#kept = [];
    this.#broken = [];
    this.#over = true;
    this.#error = { error };
    return broken;
  }

  #end(present: Present): void {
    this.#over = true;
    this.#present = undefined;
    this.#leave(present);
  }

  #leave({ place, outcome }: Present): void {
    if (this.#relay.finished) place.lane.succeeded();
    place.leave(outcome);
  }
}

function hangUp({ batches }: Present): void {
  batches.return().then(undefined, () => {});
}
