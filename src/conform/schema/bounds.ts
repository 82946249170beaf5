/** How much a rewritten schema may hold, so that it fits into Moonshot's limits. */
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

/** As much as Moonshot takes. */
export const WIDEST: Bounds = {
  depth: 30,
  text: 100_000,
  titles: true,
  properties: 3000,
  values: 1000,
  branches: 500,
  pieces: 20_000,
};
