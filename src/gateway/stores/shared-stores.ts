import type { ReasoningMemory } from '../../conform/index.ts';
import type { SharedState } from '../../core/index.ts';
import type { ReadSeries } from '../metrics/series.ts';
import type { Box } from './box.ts';
import type { ReadCounts } from './reading.ts';
import type { ResponseStore } from './response-store.ts';
import { SharedReasoningMemory } from './shared-reasoning.ts';
import { SharedResponseStore } from './shared-responses.ts';
import type { WriteCounts } from './write-queue.ts';

/** Milliseconds that the end of a gateway waits for what is still to be written. */
const LAST_WRITES_MS = 10_000;

/** What is behind the memory of one gateway, where all its replicas find it. */
export class SharedStores {
  readonly responses: SharedResponseStore;
  readonly reasoning: SharedReasoningMemory;

  /** `bytes`: what may wait to be written, of each. */
  constructor(
    memory: { readonly reasoning: ReasoningMemory; readonly responses: ResponseStore },
    state: SharedState,
    box: Box,
    bytes: number,
  ) {
    this.responses = new SharedResponseStore(memory.responses, state.responses, box, bytes);
    this.reasoning = new SharedReasoningMemory(memory.reasoning, state.reasoning, box, bytes);
    state.onChange(({ kind, key }) => {
      if (kind === 'deleted') this.responses.forget(key);
      else this.reasoning.forget(key);
    });
  }

  /** Resolves when all is written that was to be, or when that takes too long. */
  async settled(): Promise<void> {
    await Promise.all([
      this.responses.queue.settled(LAST_WRITES_MS),
      this.reasoning.queue.settled(LAST_WRITES_MS),
    ]);
  }

  /** Figures, as the metrics show them. */
  series(): ReadSeries[] {
    const stores = Object.entries({ responses: this.responses, reasoning: this.reasoning });
    const values = (read: (store: (typeof stores)[number][1]) => { readonly [outcome: string]: number }) =>
      stores.flatMap(([store, each]) =>
        Object.entries(read(each)).map(([outcome, value]) => ({ labels: { store, outcome }, value })),
      );
    const gauges = (read: (store: (typeof stores)[number][1]) => number) =>
      stores.map(([store, each]) => ({ labels: { store }, value: read(each) }));
    return [
      {
        name: 'perigee_state_reads_total',
        help: 'Looks into what replicas share: found, absent, or failed.',
        type: 'counter',
        values: values(({ reads }) => ({ ...(reads satisfies ReadCounts) })),
      },
      {
        name: 'perigee_state_writes_total',
        help: 'Writes of what replicas share: written; failed, and tried again; dropped, as too much waited; refused, as too large.',
        type: 'counter',
        values: values(({ queue }) => ({ ...(queue.counts satisfies WriteCounts) })),
      },
      {
        name: 'perigee_state_waiting_writes',
        help: 'Entries that wait to be written.',
        type: 'gauge',
        values: gauges(({ queue }) => queue.size),
      },
      {
        name: 'perigee_state_failing',
        help: '1 while writes fail.',
        type: 'gauge',
        values: gauges(({ queue }) => (queue.failing ? 1 : 0)),
      },
    ];
  }
}
