import type { Concurrency } from './concurrency.ts';
import { APPLICATION, type Engine, MODELS_QUEUE, RUNS_QUEUE } from './engine.ts';

/** Milliseconds between two looks for something to do. */
const POLL_MS = 150;
/** The same where nothing is put any more. */
const RARE_MS = 2_000;

/**
 * Sets the engine's queues up. Each run stands in the line of its user. Where there is a limit by model as well, it goes from
 * there into the line of its model and keeps its user's place while it stands there: that is nobody else's loss.
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
  await client.registerQueue(MODELS_QUEUE, {
    ...options,
    ...byModel,
    minPollingIntervalMs: perModel === undefined ? RARE_MS : POLL_MS,
    workerConcurrency: perWorker!,
  });
}
