import { PerigeeError } from '../../core/index.ts';
import { APPLICATION, type Engine, MODELS_QUEUE, RUNS_QUEUE } from './engine.ts';

/** How many runs go on at the same time. The limits hold over all workers: those of the worker that started last. */
export interface Concurrency {
  /** On each worker; default 10. */
  readonly perWorker?: number;
  /** Of each model, over all workers; default: no limit. */
  readonly perModel?: number;
  /** Of each user, over all workers; default: no limit. */
  readonly perUser?: number;
}

const PER_WORKER = 10;
/** Milliseconds between two looks for something to do. */
const POLL_MS = 150;

/** Throws `invalid-options` for limits that are none. */
export function checkConcurrency(
  concurrency: Concurrency = {},
): Concurrency & { readonly perWorker: number } {
  const limits = { perWorker: PER_WORKER, ...concurrency };
  for (const [name, value] of Object.entries(limits)) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1 && value <= 100_000)) continue;
    throw new PerigeeError('invalid-options', `concurrency.${name} must be a whole number from 1 on.`);
  }
  return { ...limits, perWorker: limits.perWorker ?? PER_WORKER };
}

/**
 * Sets the engine's queues up. Each run stands in the line of its user. Where there is a limit by model as well, it goes from
 * there into the line of its model and keeps its user's place while it stands there: that is nobody else's loss.
 *
 * @internal Its types are those of the engine, which not everybody installs.
 */
export async function registerQueues(
  { client }: Engine,
  { perWorker, perModel, perUser }: Concurrency,
): Promise<void> {
  const options = { minPollingIntervalMs: POLL_MS, applicationName: APPLICATION };
  const byUser = perUser === undefined ? {} : { partitionConcurrency: perUser };
  if (perModel === undefined) {
    await client.registerQueue(RUNS_QUEUE, { ...options, ...byUser, workerConcurrency: perWorker! });
  } else {
    await client.registerQueue(RUNS_QUEUE, { ...options, ...byUser });
  }
  // What was put there before the limit was taken away still has to go on.
  const byModel = perModel === undefined ? {} : { partitionConcurrency: perModel };
  await client.registerQueue(MODELS_QUEUE, { ...options, ...byModel, workerConcurrency: perWorker! });
}
