import {
  abortedError,
  type ModelRequest,
  modelStream,
  type Note,
  PerigeeError,
  type StreamEvent,
  type StreamOptions,
} from '../../core/index.ts';
import { cutShort } from '../answer-error.ts';
import { sleep } from '../pause.ts';
import { RawChunks } from '../raw-chunks.ts';
import { Admission, type Place } from './admission.ts';
import type { Outcome } from './breaker.ts';
import { verdictOn } from './failure.ts';
import { withFirstEventIn } from './first-event.ts';
import { Lane } from './lane.ts';
import { checkRouting, type RoutedModel, type RoutingOptions, type Upstream } from './options.ts';
import { orderBy } from './order.ts';
import { Relay } from './relay.ts';
import { type Desk, Trip } from './trip.ts';

type Batch = readonly StreamEvent[];

/**
 * One model behind several upstreams, asked in the order given or by weight. A request goes on to the next upstream,
 * and again to the same, as long as no call was handed on; requests that the host refuses for what they are fail at
 * once. Throws `invalid-options` at once for upstreams and options that cannot work.
 */
export function routed(
  name: string,
  upstreams: readonly Upstream[],
  options: RoutingOptions = {},
): RoutedModel {
  checkRouting(name, upstreams, options);
  const now = options.now ?? (() => performance.now());
  const lanes = upstreams.map((upstream) => new Lane(upstream, options));
  const admission = new Admission(name, options, now);
  const desk: Desk = { name, options, admission, orderOf: orderBy(lanes), now };
  const prices = upstreams.find(({ model }) => model.prices)?.model.prices;
  const windows = upstreams.flatMap(({ model }) => model.contextWindow ?? []);
  return {
    id: name,
    ...(prices && { prices }),
    // A conversation must fit wherever it is sent.
    ...(windows.length > 0 && { contextWindow: Math.min(...windows) }),
    stream: (request, streamOptions = {}) => modelStream(() => route(desk, request, streamOptions)),
    ready: () => admission.hasRoom && admission.isWorthWaiting(lanes),
    upstreams: () => lanes.map((lane) => lane.state(now())),
    waiting: () => admission.waiting,
  };
}

async function* route(
  desk: Desk,
  request: ModelRequest,
  options: StreamOptions,
): AsyncGenerator<Batch, void, undefined> {
  const { signal, whole = false } = options;
  if (signal?.aborted) throw abortedError(signal);
  const trip = new Trip(desk, request, options);
  // The text of a form such as JSON would be destroyed by a second beginning.
  const mayClash = request.responseFormat !== undefined;
  let relay = new Relay(mayClash);
  /** What is not handed on before the end. */
  let kept: StreamEvent[] = [];
  let served: Lane | undefined;
  /** Whose empty answer is the best so far. */
  let spare: Lane | undefined;
  let restarts = 0;
  let emptyAnswers = 0;
  for (;;) {
    let place: Place;
    try {
      place = await trip.next();
    } catch (error) {
      const rest = signal?.aborted ? [] : relay.giveUp();
      const isAnswer = rest.at(-1)?.type === 'finish';
      if (isAnswer && spare) trip.note('served', 'answered', spare);
      if (rest.length > 0) yield whole ? [...kept, ...rest] : rest;
      if (isAnswer) return;
      throw error;
    }
    const { lane } = place;
    const raw = new RawChunks(options.onRawChunk);
    let begun = false;
    let outcome: Outcome = 'unknown';
    let failure: PerigeeError | undefined;
    try {
      const asked = raw.observe(
        options.onNote ? { ...options, onNote: signed(options.onNote, lane) } : options,
      );
      for await (const batch of answer(lane.upstream, desk.options, request, asked)) {
        place.begun();
        if (batch.length === 0) continue;
        begun = true;
        outcome = 'success';
        const shown = relay.read(batch);
        if (relay.clashes) break;
        if (shown.length === 0) continue;
        if (whole) {
          for (const event of shown) kept.push(event);
          continue;
        }
        if (served !== lane) {
          served = lane;
          raw.release();
          trip.note('served', 'answers', lane);
        }
        yield shown;
      }
      if (!relay.finished && !relay.clashes) {
        failure = cutShort(`without a finish at ${lane.upstream.name}`);
        outcome = trip.failed(lane, failure, whenOf(relay, begun));
      }
    } catch (error) {
      if (!(error instanceof PerigeeError) || verdictOn(error) === 'final') {
        raw.release();
        throw error;
      }
      if (!relay.finished) {
        failure = error;
        outcome = trip.failed(lane, error, whenOf(relay, begun));
      }
    } finally {
      if (relay.finished) lane.succeeded();
      place.leave(outcome);
    }
    if (relay.swallowed > 0) trip.note('swallowed', `repeated ${relay.swallowed} characters`, lane);
    if (relay.clashes) throw trip.error() ?? cutShort('and could not be begun again');
    if (!failure && !relay.empty) {
      raw.release();
      if (!whole) return;
      trip.note('served', 'answered', lane);
      yield kept;
      return;
    }
    if (failure ? !whole && relay.called : ++emptyAnswers > 1) {
      raw.release();
      const rest = relay.giveUp();
      const isAnswer = rest.at(-1)?.type === 'finish';
      if (isAnswer) trip.note('served', 'answered', failure ? (spare ?? lane) : lane);
      if (rest.length > 0) yield whole ? [...kept, ...rest] : rest;
      if (isAnswer) return;
      throw failure ?? trip.error() ?? cutShort('empty');
    }
    if (!failure) {
      spare = lane;
      trip.note('failed', 'gave an empty answer', lane);
    }
    if (failure && begun && ++restarts > (desk.options.restarts ?? 2)) {
      raw.release();
      throw trip.error() ?? failure;
    }
    if (whole && failure) {
      kept = [];
      relay = new Relay(mayClash, relay.usage);
    }
    relay.restart();
  }
}

/** What is done at an upstream is told with its name: a note of one that failed says nothing of the answer. */
function signed(onNote: (note: Note) => void, { upstream }: Lane): (note: Note) => void {
  return (note) => onNote({ ...note, upstream: upstream.name });
}

function whenOf(relay: Relay, begun: boolean): string {
  if (relay.called) return 'inside a call';
  if (relay.hasShownText) return 'inside the text';
  return begun ? 'inside the reasoning' : 'before its first event';
}

function answer(
  upstream: Upstream,
  { firstEventMs, sleep: wait = sleep }: RoutingOptions,
  request: ModelRequest,
  options: StreamOptions,
): AsyncIterable<Batch> {
  if (firstEventMs === undefined) return upstream.model.stream(request, options).batches();
  return withFirstEventIn(firstEventMs, upstream, request, options, wait);
}
