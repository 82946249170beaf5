import type { Bounds } from './bounds.ts';
import type { ChangeList } from './changes.ts';
import type { Spot } from './emit-place.ts';
import type { Parts } from './meaning.ts';
import type { Piece } from './piece.ts';
import type { Source } from './source.ts';

/** Writes what some schemas mean in the place of one. */
export type Write = (parts: Parts, spot: Spot) => Piece;

/** How far what was written goes. */
export interface Reach {
  depth: number;
  /** Of one object. */
  properties: number;
}

/** What the writing of pieces shares. */
export interface Writer {
  readonly reach: Reach;
  readonly source: Source;
  readonly bounds: Bounds;
  readonly changes: ChangeList;
  readonly write: Write;
}
