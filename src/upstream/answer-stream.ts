import { abortedError, Batches, type BatchTaker, type StreamEvent } from '../core/index.ts';
import { cutShort } from './answer-error.ts';
import { AnswerMachine, type AnswerWire, type Step } from './answer-machine.ts';
import type { Response } from './decompress.ts';
import { requestError } from './http-request.ts';
import { type Failure, Incoming, type Recipient } from './incoming.ts';
import { Utf8Decoder } from './utf8.ts';
import type { Way } from './way.ts';

type Batch = readonly StreamEvent[];
type Result = IteratorResult<Batch, undefined>;

/** Milliseconds that a connection may take to end after a whole answer before it is given up. */
const LINGER_MS = 1000;
/** Milliseconds that the stream waits for that end, so that the next request finds the connection free. */
const GRACE_MS = 25;

/** Of a microtask costs less than `queueMicrotask`. */
const SETTLED = Promise.resolve();
const NOTHING: Step = { events: [] };

/** What is sent, and how its answer is read. */
export interface Sending {
  readonly way: Way;
  /** The body; may throw. */
  text(): string | Buffer;
  readonly wire: AnswerWire;
  readonly signal: AbortSignal | undefined;
  /** Sees the text before it is decoded. */
  readonly observer: TextObserver | undefined;
  /** The error for a response with another status than 2xx. */
  refused(response: Response): Promise<unknown>;
  /** Is given every error before it is thrown. */
  scrub(error: unknown): unknown;
}

export interface TextObserver {
  push(text: string): void;
  /** Nothing more is read. */
  end(): void;
}

/**
 * One request and the batches of its answer: what has come since the last one was asked for, read in one synchronous
 * drive. All that came before the way broke is given out before the error.
 */
export class AnswerStream extends Batches implements Recipient {
  readonly #sending: Sending;
  readonly #machine: AnswerMachine;
  readonly #incoming: Incoming;
  readonly #decoder = new Utf8Decoder();
  /** `whole`: the last event is out, the response has not ended. */
  #state: 'new' | 'running' | 'whole' | 'over' = 'new';
  #taker: BatchTaker | undefined;
  #wakes = false;
  #begun = false;
  /** Comes after the batch that was handed out. */
  #error: { readonly error: unknown } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(sending: Sending) {
    super();
    this.#sending = sending;
    this.#machine = new AnswerMachine(sending.wire, sending.way.where);
    this.#incoming = new Incoming(sending.way.where, this);
  }

  override ask(taker: BatchTaker): void {
    if (this.#state === 'new') this.#send();
    this.#taker = taker;
    this.#serve();
  }

  override return(): Promise<Result> {
    const taker = this.#taker;
    this.#taker = undefined;
    if (this.#state === 'whole') this.#leave();
    else this.#finish();
    taker?.ended();
    return Promise.resolve({ done: true, value: undefined });
  }

  arrived(): void {
    if (this.#incoming.closed && this.#timer) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    if (!this.#taker || this.#wakes) return;
    this.#wakes = true;
    // Only then has all been taken in that came together.
    SETTLED.then(this.#wake);
  }

  async refused(response: Response): Promise<unknown> {
    try {
      return await this.#sending.refused(response);
    } catch (error) {
      return error;
    }
  }

  #send(): void {
    const { way, signal } = this.#sending;
    this.#state = 'running';
    try {
      if (signal?.aborted) throw abortedError(signal);
      const text = this.#sending.text();
      signal?.addEventListener('abort', this.#onAbort);
      this.#incoming.send(way, text);
    } catch (error) {
      this.#error = { error };
    }
  }

  readonly #wake = (): void => {
    this.#wakes = false;
    this.#serve();
  };

  #serve(): void {
    const taker = this.#taker;
    if (!taker) return;
    let batch: Batch | undefined;
    try {
      batch = this.#read();
    } catch (error) {
      this.#taker = undefined;
      taker.failed(error);
      return;
    }
    if (batch === undefined && this.#state !== 'over') return;
    this.#taker = undefined;
    if (batch === undefined) taker.ended();
    else taker.came(batch);
  }

  /** What there is to hand out; undefined: nothing yet, or nothing more. Throws what the stream ends with. */
  #read(): Batch | undefined {
    if (!this.#error && this.#state === 'running') {
      const { events } = this.#drive();
      // That an answer has begun is told also while all of it is still held back.
      if (events.length > 0 || (this.#machine.begun && !this.#begun)) {
        this.#begun = true;
        return events;
      }
    }
    if (this.#error) {
      const { error } = this.#error;
      this.#error = undefined;
      this.#finish();
      throw this.#sending.scrub(error);
    }
    if (this.#state === 'whole') {
      if (this.#incoming.closed) this.#finish();
      else this.#timer ??= setTimeout(this.#overdue, GRACE_MS);
    }
    return undefined;
  }

  /** Reads all that has come. */
  #drive(): Step {
    const { closed, failure } = this.#incoming;
    try {
      const step = this.#push(closed && !failure);
      if (!closed || this.#state !== 'running' || this.#error) return step;
      const last = failure ? this.#breakOff(failure) : this.#note(this.#machine.end());
      if (!this.#error) this.#whole();
      return step.events.length === 0 ? last : { events: [...step.events, ...last.events] };
    } catch (error) {
      // No failure of the answer: the reader must hear of it.
      this.#error = { error };
      return NOTHING;
    }
  }

  #push(isLast: boolean): Step {
    let text = '';
    for (const bytes of this.#incoming.take()) text += this.#decoder.decode(bytes);
    if (isLast) text += this.#decoder.end();
    if (text === '') return NOTHING;
    this.#sending.observer?.push(text);
    return this.#note(this.#machine.push(text));
  }

  #breakOff({ error: cause, isWhole }: Failure): Step {
    const { way, signal } = this.#sending;
    const error = requestError(cause, way.where, signal);
    if (isWhole || error.code === 'aborted') {
      this.#error = { error };
      return NOTHING;
    }
    const isCut = this.#incoming.begun && error.code !== 'silence';
    return this.#note(
      this.#machine.breakOff(isCut ? cutShort('because the connection broke', cause) : error),
    );
  }

  #note(step: Step): Step {
    if (step.error) this.#error = { error: step.error };
    else if (this.#machine.done) this.#whole();
    return step;
  }

  #whole(): void {
    this.#state = 'whole';
    this.#release();
  }

  readonly #overdue = (): void => {
    const taker = this.#taker;
    this.#taker = undefined;
    this.#leave();
    taker?.ended();
  };

  /** After a whole answer the connection is kept for the next request, if it becomes free soon. */
  #leave(): void {
    clearTimeout(this.#timer);
    this.#state = 'over';
    this.#timer = this.#incoming.closed
      ? undefined
      : setTimeout(() => this.#incoming.abort(), LINGER_MS - GRACE_MS);
  }

  /** Nothing more is given out. An answer that is not whole is cancelled. */
  #finish(): void {
    if (this.#state === 'running') {
      this.#release();
      this.#incoming.abort();
    }
    this.#state = 'over';
  }

  #release(): void {
    this.#sending.signal?.removeEventListener('abort', this.#onAbort);
    this.#sending.observer?.end();
  }

  readonly #onAbort = (): void => {
    const { signal } = this.#sending;
    if (this.#state !== 'running' || !signal) return;
    this.#error = { error: abortedError(signal) };
    this.#incoming.abort();
    this.arrived();
  };
}
