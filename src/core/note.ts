import type { Prices } from './usage.ts';

/**
 * What was done to a request or an answer on its way, or where it went: for headers, logs and metrics. It says
 * what happened and where, never what the conversation holds.
 */
export interface Note {
  /** Who did it: a stage of `conform` (`ids`, `schema`, `arguments`, …), `fields`, `parsing`, or `route`. */
  readonly stage: string;
  /** What was done, as one word for counters: `renumbered`, `restored`, `repaired`, `served`, `failed`. */
  readonly action: string;
  /** A sentence with the place and the reason. */
  readonly text: string;
  /** The upstream that it is about, where there may be several. */
  readonly upstream?: string;
  /** Of `route`: what the upstream's tokens cost. */
  readonly prices?: Prices;
}
