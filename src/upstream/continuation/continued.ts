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
  readonly body: Record<string, unknown>;
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

type Batches = AsyncGenerator<readonly StreamEvent[], void, undefined>;

/** An answer in one or more parts, which read as one. Where a part fails, the answer ends as it would have without. */
export async function* continued(
  first: Part,
  continuation: Continuation,
  send: (part: Part) => AsyncIterable<readonly StreamEvent[]>,
  onNote: StreamOptions['onNote'],
): Batches {
  let part = first;
  /** How the part broke off at whose end the answer stands. */
  let broken: { readonly error: unknown } | undefined;
  for (;;) {
    const before = continuation.held;
    let isTold = part === first;
    let failure: { readonly error: unknown } | undefined;
    try {
      for await (const batch of send(part)) {
        if (!isTold && batch.length > 0) {
          isTold = true;
          tell(onNote, 'continued', 'the rest of an answer that was cut was fetched');
        }
        yield batch;
      }
    } catch (error) {
      failure = { error };
    }
    const { held } = continuation;
    if (failure && (!held || isFinal(failure.error))) throw failure.error;
    if (!held) return;
    if (held !== before) broken = failure;
    const next = !failure || mayGoOn(failure.error) ? continuation.followUp() : undefined;
    if (next) {
      part = next;
      continue;
    }
    if (part !== first) tell(onNote, 'cut', 'the rest of an answer that was cut could not be fetched');
    const end = broken ? held().filter(({ type }) => type !== 'finish') : held();
    if (end.length > 0) yield end;
    if (broken) throw broken.error;
    return;
  }
}

function tell(onNote: StreamOptions['onNote'], action: string, text: string): void {
  onNote?.({ stage: 'truncation', action, text });
}

function isFinal(error: unknown): boolean {
  return !(error instanceof PerigeeError) || error.code === 'aborted';
}

/** Whether asking again at once may help. */
function mayGoOn(error: unknown): boolean {
  if (!(error instanceof PerigeeError) || error.retryAfterMs !== undefined) return false;
  return error.code === 'stream-error' || (error.retryable && error.code !== 'silence');
}
