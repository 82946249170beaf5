/** Where in the rewritten schema a piece will stand. */
export interface Spot {
  readonly path: string;
  /** `properties` around it. */
  readonly depth: number;
  /** Brackets around it. */
  readonly nesting: number;
  /** `flat`: nothing below any more; `bare`: nothing but its types. */
  readonly form: 'full' | 'flat' | 'bare';
  readonly inDefinition: boolean;
}

const MOST_NESTING = 150;

/** One step further down; `form`: how much may be said there. */
export function inside(spot: Spot, part: string, form: Spot['form'] = spot.form): Spot {
  const path = spot.path === 'root' ? part : `${spot.path}.${part}`;
  const nesting = spot.nesting + 1;
  return { ...spot, path, nesting, form: nesting > MOST_NESTING && form === 'full' ? 'flat' : form };
}
