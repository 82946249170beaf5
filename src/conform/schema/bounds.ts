import type { Limits } from './rules.ts';

/** How much a rewritten schema may hold, so that it fits into its limits. */
export interface Bounds {
  /** `properties` inside `properties`, references followed from where they were met first. */
  readonly depth: number;
  /** Characters of one description or title. */
  readonly text: number;
  readonly titles: boolean;
  /** Properties of one object. */
  readonly properties: number;
  /** Values of one `enum`, branches of one `anyOf`. */
  readonly values: number;
  readonly branches: number;
  /** Schemas in all. */
  readonly pieces: number;
}

/** As much as fits into the limits, at most. */
export function widestIn({ depth, propertyNames, enumItems, anyOfItems }: Limits): Bounds {
  return {
    depth: Math.max(depth, 30),
    text: 100_000,
    titles: true,
    properties: propertyNames,
    values: enumItems,
    branches: anyOfItems,
    pieces: Math.max(20_000, 2 * propertyNames),
  };
}
