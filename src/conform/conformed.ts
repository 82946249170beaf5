import { type Model, modelStream, type StreamEvent } from '../core/index.ts';
import { type ConformOptions, conform } from './conform.ts';
import type { EventStage, Target } from './stage.ts';

type Batch = readonly StreamEvent[];

/**
 * A model that fits each request to its target before it is sent and the events on their way back. All event stages run
 * as one machine, driven once for each batch; where there are none, batches pass as they are. What was changed is told
 * to `onNote`; what a stage throws comes out of the stream.
 */
export function conformed(model: Model, target: Target, options: ConformOptions = {}): Model {
  const contextWindow = target.contextWindow ?? model.contextWindow;
  return {
    id: model.id,
    ...(model.prices && { prices: model.prices }),
    ...(contextWindow !== undefined && { contextWindow }),
    stream: (request, streamOptions = {}) =>
      modelStream(() =>
        lazily(() => {
          const fitted = conform(request, target, streamOptions.onNote ?? (() => {}), options);
          const stage = fitted.stage();
          const batches = model.stream(fitted.request, streamOptions).batches();
          return stage ? driven(stage, batches) : batches;
        }),
      ),
  };
}

function driven(stage: EventStage, source: AsyncIterable<Batch>): AsyncIterable<Batch> {
  const batches = source[Symbol.asyncIterator]();
  let begun = false;
  const came = (result: IteratorResult<Batch>): IteratorResult<Batch> | Promise<IteratorResult<Batch>> => {
    if (result.done) return result;
    const out: StreamEvent[] = [];
    try {
      for (const event of result.value) stage.push(event, out);
    } catch (error) {
      batches.return?.().then(undefined, () => {});
      throw error;
    }
    if (out.length === 0 && begun) return iterator.next();
    // The first one passes on also when nothing is left of it: a sign of life.
    begun = true;
    return { done: false, value: out };
  };
  const iterator = {
    next: () => batches.next().then(came),
    async return() {
      await batches.return?.();
      return { done: true as const, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

/** An iterable that is made when the first of its values is asked for, without a layer of promises of its own. */
function lazily(make: () => AsyncIterable<Batch>): AsyncIterable<Batch> {
  return {
    [Symbol.asyncIterator]() {
      let inner: AsyncIterator<Batch> | undefined;
      return {
        next() {
          try {
            inner ??= make()[Symbol.asyncIterator]();
          } catch (error) {
            return Promise.reject(error);
          }
          return inner.next();
        },
        async return() {
          await inner?.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
