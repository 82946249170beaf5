import type { StreamEvent } from '../../core/index.ts';

/** Reads the chunks of one streamed answer; synchronous, one for each answer. */
export interface StreamDecoder {
  /** A finish reason was seen: the answer is whole even if the stream ends without `[DONE]`. */
  readonly finished: boolean;
  /** The last event of a protocol that has one was seen: nothing that follows belongs to the answer. */
  readonly ended?: boolean;
  /**
   * The events of one chunk, already parsed from JSON. Anything a host may send is taken; what is not
   * understood is ignored. Throws a `PerigeeError` where the host reports a failure: the code of what it means,
   * else `stream-error`.
   */
  push(chunk: unknown): StreamEvent[];
  /** Closes open calls; the last event is `finish`, its reason the host's. */
  end(): StreamEvent[];
}
