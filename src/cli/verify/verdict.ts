/** A figure that must be reached. */
export interface Bar {
  readonly flag: string;
  readonly what: string;
  readonly least: number | undefined;
  /** Percent; null: it could not be told. */
  readonly reached: number | null;
}

/** What was missed, in words; empty if nothing was. */
export function missed(bars: readonly Bar[]): string[] {
  return bars.flatMap(({ flag, what, least, reached }) => {
    if (least === undefined || (reached !== null && reached >= least)) return [];
    return [
      `${what} is ${reached === null ? 'not known' : `${reached} %`}, and ${flag} asks for ${least} %.`,
    ];
  });
}
