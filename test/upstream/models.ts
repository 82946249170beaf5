import {
  abortedError,
  type ErrorCode,
  type Model,
  type ModelRequest,
  modelStream,
  PerigeeError,
  type PerigeeErrorDetails,
  type StreamEvent,
  type StreamOptions,
} from '../../src/core/index.ts';

/** One answer: its batches, then an error or silence. */
export interface Answer {
  readonly batches?: readonly (readonly StreamEvent[])[];
  readonly error?: Error;
  /** After the batches nothing more comes until the request is cancelled. */
  readonly hangs?: boolean;
  /** Is awaited before the first batch. */
  readonly after?: Promise<unknown>;
}

export interface FakeModel extends Model {
  /** The requests that reached it. */
  readonly requests: ModelRequest[];
  /** Requests under way. */
  readonly active: number;
  /** The most requests that were under way at a time. */
  readonly mostActive: number;
}

/** A host in memory; answers in the order given, the last one again and again. */
export function fake(...answers: readonly Answer[]): FakeModel {
  const requests: ModelRequest[] = [];
  let active = 0;
  let mostActive = 0;
  async function* batches(request: ModelRequest, { signal, onRawChunk }: StreamOptions) {
    const answer = answers[Math.min(requests.push(request), answers.length) - 1]!;
    active++;
    mostActive = Math.max(mostActive, active);
    try {
      await answer.after;
      for (const batch of answer.batches ?? []) {
        await undefined;
        if (signal?.aborted) throw abortedError(signal);
        onRawChunk?.(JSON.stringify(batch));
        yield batch;
      }
      if (answer.hangs) await untilAborted(signal);
      if (answer.error) throw answer.error;
    } finally {
      active--;
    }
  }
  return {
    id: 'fake',
    requests,
    get active() {
      return active;
    },
    get mostActive() {
      return mostActive;
    },
    stream: (request, options = {}) => modelStream(() => batches(request, options)),
  };
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(abortedError(signal));
    signal?.addEventListener('abort', () => reject(abortedError(signal)), { once: true });
  });
}

export function error(code: ErrorCode, details: PerigeeErrorDetails = {}): PerigeeError {
  const retryable = !['bad-request', 'wrong-api-key', 'quota-exceeded', 'model-not-found'].includes(code);
  return new PerigeeError(code, `it failed with ${code}`, { retryable, remedy: `mend ${code}`, ...details });
}

export function failing(code: ErrorCode, details?: PerigeeErrorDetails): Answer {
  return { error: error(code, details) };
}

export const text = (delta: string): StreamEvent => ({ type: 'text-delta', delta });
export const reasoning = (delta: string): StreamEvent => ({ type: 'reasoning-delta', delta });
export const USAGE = { inputTokens: 10, cachedInputTokens: 4, outputTokens: 2 };
export const STOP: StreamEvent = { type: 'finish', reason: 'stop', usage: USAGE };
export const CALL: readonly StreamEvent[] = [
  { type: 'tool-call-start', index: 0, id: 'functions.f:0', name: 'f' },
  { type: 'tool-call-delta', index: 0, delta: '{"x":' },
  { type: 'tool-call-delta', index: 0, delta: '1}' },
  { type: 'tool-call-end', index: 0 },
];
export const CALLED: StreamEvent = { type: 'finish', reason: 'tool-calls', usage: USAGE };

/** An answer of these texts. */
export function says(...texts: readonly string[]): Answer {
  return { batches: [...texts.map((delta) => [text(delta)]), [STOP]] };
}

/** A clock that only moves when somebody waits. */
export function clock() {
  let time = 0;
  const waits: number[] = [];
  return {
    waits,
    now: () => time,
    pass(milliseconds: number) {
      time += milliseconds;
    },
    sleep: async (milliseconds: number, signal?: AbortSignal) => {
      await undefined;
      if (signal?.aborted) return;
      waits.push(milliseconds);
      time += milliseconds;
    },
  };
}
