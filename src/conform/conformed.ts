import {
  Batches,
  type BatchTaker,
  batchesOf,
  lazily,
  type Model,
  modelStream,
  type StreamEvent,
} from '../core/index.ts';
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

function driven(stage: EventStage, source: AsyncIterable<Batch>): Batches {
  return new DrivenBatches(stage, batchesOf(source));
}

class DrivenBatches extends Batches implements BatchTaker {
  readonly #stage: EventStage;
  readonly #source: Batches;
  #begun = false;
  #taker: BatchTaker | undefined;

  constructor(stage: EventStage, source: Batches) {
    super();
    this.#stage = stage;
    this.#source = source;
  }

  override ask(taker: BatchTaker): void {
    this.#taker = taker;
    this.#source.ask(this);
  }

  came(batch: Batch): void {
    const out: StreamEvent[] = [];
    try {
      for (const event of batch) this.#stage.push(event, out);
    } catch (error) {
      this.#source.return().then(undefined, () => {});
      this.failed(error);
      return;
    }
    if (out.length === 0 && this.#begun) {
      this.#source.ask(this);
      return;
    }
    // The first one passes on also when nothing is left of it: a sign of life.
    this.#begun = true;
    this.#taker?.came(out);
  }

  ended(): void {
    this.#taker?.ended();
  }

  failed(error: unknown): void {
    this.#taker?.failed(error);
  }

  override return(): Promise<IteratorResult<Batch, undefined>> {
    return this.#source.return();
  }
}
