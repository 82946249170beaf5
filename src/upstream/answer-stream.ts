import { abortedError, type StreamEvent } from '../core/index.ts';
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

const DONE: Result = { done: true, value: undefined };
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
export class AnswerStream implements AsyncIterableIterator<Batch>, Recipient {
  readonly #sending: Sending;
  readonly #machine: AnswerMachine;
  readonly #incoming: Incoming;
  readonly #decoder = new Utf8Decoder();
  /** `whole`: the last event is out, the response has not ended. */
  #state: 'new' | 'running' | 'whole' | 'over' = 'new';
  #reader: { resolve(result: Result): void; reject(error: unknown): void } | undefined;
  #wakes = false;
  #begun = false;
  /** Comes after the batch that was handed out. */
  #error: { readonly error: unknown } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(sending: Sending) {
    this.#sending = sending;
    this.#machine = new AnswerMachine(sending.wire, sending.way.where);
    this.#incoming = new Incoming(sending.way.where, this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    try {
      if (this.#state === 'new') this.#send();
      const result = this.#read();
      if (result) return Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  return(): Promise<Result> {
    const reader = this.#reader;
    this.#reader = undefined;
    if (this.#state === 'whole') this.#leave();
    else this.#finish();
    reader?.resolve(DONE);
    return Promise.resolve(DONE);
  }

  arrived(): void {
    if (this.#incoming.closed && this.#timer) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    if (!this.#reader || this.#wakes) return;
    this.#wakes = true;
    // Only then has all been taken in that came together.
    SETTLED.then(this.#serve);
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

  readonly #serve = (): void => {
    this.#wakes = false;
    const reader = this.#reader;
    if (!reader) return;
    try {
      const result = this.#read();
      if (!result) return;
      this.#reader = undefined;
      reader.resolve(result);
    } catch (error) {
      this.#reader = undefined;
      reader.reject(error);
    }
  };

  /** What there is to hand out; undefined: nothing yet. Throws what the stream ends with. */
  #read(): Result | undefined {
    if (!this.#error && this.#state === 'running') {
      const { events } = this.#drive();
      // That an answer has begun is told also while all of it is still held back.
      if (events.length > 0 || (this.#machine.begun && !this.#begun)) {
        this.#begun = true;
        return { done: false, value: events };
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
    return this.#state === 'over' ? DONE : undefined;
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
    const reader = this.#reader;
    this.#reader = undefined;
    this.#leave();
    reader?.resolve(DONE);
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
