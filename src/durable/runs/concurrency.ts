import { PerigeeError } from '../../core/index.ts';

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
const NAMES: ReadonlySet<string> = new Set(['perWorker', 'perModel', 'perUser']);

/** Throws `invalid-options` for limits that are none. */
export function checkConcurrency(
  concurrency: Concurrency = {},
): Concurrency & { readonly perWorker: number } {
  const limits = { perWorker: PER_WORKER, ...concurrency };
  for (const [name, value] of Object.entries(limits)) {
    if (!NAMES.has(name)) {
      throw new PerigeeError('invalid-options', `There is no limit concurrency.${name}.`, {
        remedy: `There are ${[...NAMES].join(', ')}.`,
      });
    }
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1 && value <= 100_000)) continue;
    throw new PerigeeError('invalid-options', `concurrency.${name} must be a whole number from 1 on.`);
  }
  return { ...limits, perWorker: limits.perWorker ?? PER_WORKER };
}
