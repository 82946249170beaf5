import { PerigeeError, type StreamEvent, type StreamOptions } from '../../core/index.ts';
import type { AnswerWire } from '../answer-machine.ts';

export interface ContinuationOptions {
  /** Requests that may be sent to end one answer; 0: none. Default 2. */
  readonly max?: number;
  /**
   * Tokens that each of them may have, even where the client's own limit is used up: half a call is of use to nobody.
   * Default 4096.
   */
  readonly tokens?: number;
}

/** One request, ready to be sent, and the reader of its answer. */
export interface Part {
  /** Written when it is sent: kept, it would outlive the whole answer. */
  body(): Record<string, unknown>;
  readonly wire: AnswerWire;
}

/** Fetches the rest of an answer that ended too early. */
export interface Continuation {
  /**
   * The last events of the answer as it stands, held back by the reader because it ended too early; undefined if
   * they were handed on. A new function for each such end.
   */
  readonly held: (() => readonly StreamEvent[]) | undefined;
  /** The request for the rest, and its reader; undefined if it cannot be had. */
  followUp(): Part | undefined;
}

type Batch = readonly StreamEvent[];
type Result = IteratorResult<Batch, undefined>;

const DONE: Result = { done: true, value: undefined };

/** An answer in one or more parts, which read as one. Where a part fails, the answer ends as it would have without. */
export function continued(
  first: Part,
  continuation: Continuation,
  send: (part: Part) => AsyncIterable<Batch>,
  onNote: StreamOptions['onNote'],
): AsyncIterable<Batch> {
  return new ContinuedAnswer(first, continuation, send, onNote);
}

class ContinuedAnswer implements AsyncIterableIterator<Batch> {
  readonly #first: Part;
  readonly #continuation: Continuation;
  readonly #send: (part: Part) => AsyncIterable<Batch>;
  readonly #onNote: StreamOptions['onNote'];
  #part: Part;
  #batches: AsyncIterator<Batch>;
  #before: Continuation['held'];
  #isTold = true;
  /** How the part broke off at whose end the answer stands. */
  #broken: { readonly error: unknown } | undefined;
  #over = false;

  constructor(
    first: Part,
    continuation: Continuation,
    send: (part: Part) => AsyncIterable<Batch>,
    onNote: StreamOptions['onNote'],
  ) {
    this.#first = first;
    this.#part = first;
    this.#continuation = continuation;
    this.#send = send;
    this.#onNote = onNote;
    this.#before = continuation.held;
    this.#batches = send(first)[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    if (!this.#over) return this.#batches.next().then(this.#came, this.#failed);
    const broken = this.#broken;
    this.#broken = undefined;
    return broken ? Promise.reject(broken.error) : Promise.resolve(DONE);
  }

  async return(): Promise<Result> {
    this.#over = true;
    this.#broken = undefined;
    await this.#batches.return?.();
    return DONE;
  }

  readonly #came = (result: IteratorResult<Batch>): Result | Promise<Result> => {
    if (result.done) return this.#partEnded(undefined);
    if (!this.#isTold && result.value.length > 0) {
      this.#isTold = true;
      this.#tell('continued', 'the rest of an answer that was cut was fetched');
    }
    return result;
  };

  readonly #failed = (error: unknown): Result | Promise<Result> => this.#partEnded({ error });

  #partEnded(failure: { readonly error: unknown } | undefined): Result | Promise<Result> {
    if (this.#over) return DONE;
    this.#over = true;
    const { held } = this.#continuation;
    if (failure && (!held || isFinal(failure.error))) throw failure.error;
    if (!held) return DONE;
    if (held !== this.#before) this.#broken = failure;
    const next = !failure || mayGoOn(failure.error) ? this.#continuation.followUp() : undefined;
    if (next) return this.#goOn(next);
    if (this.#part !== this.#first)
      this.#tell('cut', 'the rest of an answer that was cut could not be fetched');
    const end = this.#broken ? held().filter(({ type }) => type !== 'finish') : held();
    return end.length > 0 ? { done: false, value: end } : this.next();
  }

  #goOn(part: Part): Promise<Result> {
    this.#over = false;
    this.#part = part;
    this.#isTold = false;
    this.#before = this.#continuation.held;
    this.#batches = this.#send(part)[Symbol.asyncIterator]();
    return this.next();
  }

  #tell(action: string, text: string): void {
    this.#onNote?.({ stage: 'truncation', action, text });
  }
}

function isFinal(error: unknown): boolean {
  return !(error instanceof PerigeeError) || error.code === 'aborted';
}

/** Whether asking again at once may help. */
function mayGoOn(error: unknown): boolean {
  if (!(error instanceof PerigeeError) || error.retryAfterMs !== undefined) return false;
  return error.code === 'stream-error' || (error.retryable && error.code !== 'silence');
}
