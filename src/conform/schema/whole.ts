import type { Dictionary, Limits } from './rules.ts';

/** What the checks of single keywords need to know, and what they find out. */
export interface Whole {
  readonly root: Dictionary;
  readonly limits: Limits;
  /** The references met so far. */
  readonly refs: Set<string>;
}
