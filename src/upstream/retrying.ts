import {
  type Model,
  type ModelRequest,
  modelStream,
  PerigeeError,
  type StreamEvent,
  type StreamOptions,
} from '../core/index.ts';
import { checkNumbers } from './invalid.ts';
import { pause } from './pause.ts';
import { RawChunks } from './raw-chunks.ts';

export interface RetryOptions {
  /** How often a request is sent again. Default 2. */
  readonly retries?: number;
  /** Milliseconds that the first wait is at most; each further one doubles. Default 500. */
  readonly baseDelayMs?: number;
  /** Milliseconds that a wait of our own choice is at most. Default 30_000. */
  readonly maxDelayMs?: number;
  /** Milliseconds: a host that asks for a longer wait gets no retry, its error is thrown. Default 60_000. */
  readonly maxRetryAfterMs?: number;
  /**
   * Which errors are worth another try. Default: those that are `retryable`, except `silence`, after which the
   * wait would begin anew.
   */
  readonly retryOn?: (error: PerigeeError) => boolean;
  /** Between 0 and 1; spreads the waits of many clients. Default `Math.random`. */
  readonly random?: () => number;
  /** Waits. An abort ends the wait whether or not this heeds the signal. Default: a timer. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

type Batches = AsyncGenerator<readonly StreamEvent[], void, undefined>;

/**
 * The same model, asked again when it failed before its first event; after that a retry would repeat what was
 * already shown. Waits are exponential with full jitter, or what the host asks for. Throws `invalid-options` at
 * once for numbers that are none or negative.
 */
export function retrying(model: Model, options: RetryOptions = {}): Model {
  const { retries, baseDelayMs, maxDelayMs, maxRetryAfterMs } = options;
  checkNumbers(
    { retries, baseDelayMs, maxDelayMs, maxRetryAfterMs },
    'Give a number from 0 on, or leave it out.',
  );
  // Without a retry there is nothing to hold back.
  if (retries === 0) return model;
  return {
    id: model.id,
    ...(model.prices && { prices: model.prices }),
    ...(model.contextWindow !== undefined && { contextWindow: model.contextWindow }),
    stream: (request, streamOptions = {}) =>
      modelStream(() => attempts(model, options, request, streamOptions)),
  };
}

async function* attempts(
  model: Model,
  options: RetryOptions,
  request: ModelRequest,
  streamOptions: StreamOptions,
): Batches {
  const { signal } = streamOptions;
  for (let attempt = 0; ; attempt++) {
    const raw = new RawChunks(streamOptions.onRawChunk);
    let begun = false;
    try {
      const stream = model.stream(request, raw.observe(streamOptions));
      for await (const batch of stream.batches()) {
        if (batch.length > 0) {
          begun = true;
          raw.release();
        }
        yield batch;
      }
      raw.release();
      return;
    } catch (error) {
      const wait = begun ? undefined : waitBefore(error, attempt, options);
      if (wait === undefined) {
        raw.release();
        throw error;
      }
      await pause(wait, options.sleep, signal);
    }
  }
}

/** Milliseconds to wait before the next attempt; undefined: there is none. */
function waitBefore(error: unknown, attempt: number, options: RetryOptions): number | undefined {
  if (!(error instanceof PerigeeError) || error.code === 'aborted') return undefined;
  const { retries = 2, retryOn = isWorthwhile, random = Math.random } = options;
  if (attempt >= retries || !retryOn(error)) return undefined;
  const { retryAfterMs } = error;
  if (retryAfterMs === undefined) {
    const { baseDelayMs = 500, maxDelayMs = 30_000 } = options;
    return random() * Math.min(maxDelayMs, baseDelayMs * 2 ** attempt);
  }
  return retryAfterMs <= (options.maxRetryAfterMs ?? 60_000) ? retryAfterMs : undefined;
}

function isWorthwhile(error: PerigeeError): boolean {
  return error.retryable && error.code !== 'silence';
}
