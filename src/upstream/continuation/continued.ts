import {
  Batches,
  type BatchTaker,
  batchesOf,
  PerigeeError,
  type StreamEvent,
  type StreamOptions,
} from '../../core/index.ts';
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

/** An answer in one or more parts, which read as one. Where a part fails, the answer ends as it would have without. */
export function continued(
  first: Part,
  continuation: Continuation,
  send: (part: Part) => AsyncIterable<Batch>,
  onNote: StreamOptions['onNote'],
): AsyncIterable<Batch> {
  return new ContinuedAnswer(first, continuation, send, onNote);
}

class ContinuedAnswer extends Batches implements BatchTaker {
  readonly #first: Part;
  readonly #continuation: Continuation;
  readonly #send: (part: Part) => AsyncIterable<Batch>;
  readonly #onNote: StreamOptions['onNote'];
  #part: Part;
  #batches: Batches;
  #taker: BatchTaker | undefined;
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
    super();
    this.#first = first;
    this.#part = first;
    this.#continuation = continuation;
    this.#send = send;
    this.#onNote = onNote;
    this.#before = continuation.held;
    this.#batches = batchesOf(send(first));
  }

  override ask(taker: BatchTaker): void {
    this.#taker = taker;
    if (!this.#over) {
      this.#batches.ask(this);
      return;
    }
    const broken = this.#broken;
    this.#broken = undefined;
    if (broken) taker.failed(broken.error);
    else taker.ended();
  }

  override return(): Promise<IteratorResult<Batch, undefined>> {
    this.#over = true;
    this.#broken = undefined;
    return this.#batches.return();
  }

  came(batch: Batch): void {
    if (!this.#isTold && batch.length > 0) {
      this.#isTold = true;
      this.#tell('continued', 'the rest of an answer that was cut was fetched');
    }
    this.#taker?.came(batch);
  }

  ended(): void {
    this.#partEnded(undefined);
  }

  failed(error: unknown): void {
    this.#partEnded({ error });
  }

  #partEnded(failure: { readonly error: unknown } | undefined): void {
    const taker = this.#taker!;
    if (this.#over) {
      taker.ended();
      return;
    }
    this.#over = true;
    let end: Batch | undefined;
    try {
      end = this.#endOr(failure);
    } catch (error) {
      taker.failed(error);
      return;
    }
    // Either the next part is read, or the error that is left comes now.
    if (end === undefined || end.length === 0) this.ask(taker);
    else taker.came(end);
  }

  /** What the answer ends with; undefined: it goes on, or has ended. Throws how it failed. */
  #endOr(failure: { readonly error: unknown } | undefined): Batch | undefined {
    const { held } = this.#continuation;
    if (failure && (!held || isFinal(failure.error))) throw failure.error;
    if (!held) {
      // What broke off before was ended by this part.
      this.#broken = undefined;
      return undefined;
    }
    if (held !== this.#before) this.#broken = failure;
    const next = !failure || mayGoOn(failure.error) ? this.#continuation.followUp() : undefined;
    if (next) {
      this.#goOn(next);
      return undefined;
    }
    if (this.#part !== this.#first)
      this.#tell('cut', 'the rest of an answer that was cut could not be fetched');
    return this.#broken ? held().filter(({ type }) => type !== 'finish') : held();
  }

  #goOn(part: Part): void {
    this.#over = false;
    this.#part = part;
    this.#isTold = false;
    this.#before = this.#continuation.held;
    this.#batches = batchesOf(this.#send(part));
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
