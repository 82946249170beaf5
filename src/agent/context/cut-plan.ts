import { type Message, PerigeeError } from '../../core/index.ts';

/** What a cut does: plain JSON, so that it can be recorded and made again in a replay. */
export interface CutPlan {
  /**
   * `price`: carrying the old rounds has cost what the cut costs. `threshold`, `ceiling`: the prompt has more tokens than
   * these allow. `overflow`: the host refused it as too long.
   */
  readonly reason: 'price' | 'threshold' | 'ceiling' | 'overflow';
  /** Messages in the history when it was planned. */
  readonly at: number;
  /** Position in the history from which everything stays. */
  readonly tailFrom: number;
  /** Positions before that which stay: the system messages, the task, and the latest of what was said since. */
  readonly kept: readonly number[];
  /** Results that stay with so many characters of their head and tail, because nothing else was left to cut. */
  readonly shortened: readonly { readonly position: number; readonly characters: number }[];
  /** Steps that this cut takes out. */
  readonly steps: number;
  /** Tokens of the prompt, as estimated. */
  readonly before: number;
  readonly after: number;
}

/** Throws `session-invalid` for a cut that was not made for this history. */
export function checkCut(cut: CutPlan, history: readonly Message[]): void {
  const { at, tailFrom, kept, shortened } = cut;
  const fits =
    isPosition(at, history.length + 1) &&
    isPosition(tailFrom, at + 1) &&
    Array.isArray(kept) &&
    Array.isArray(shortened) &&
    kept.every((position, index) => isPosition(position, tailFrom) && position > (kept[index - 1] ?? -1)) &&
    shortened.every(({ position }) => isPosition(position, at) && history[position]?.role === 'tool');
  if (fits) return;
  throw new PerigeeError(
    'session-invalid',
    `A cut that was recorded at ${at} messages does not fit a history of ${history.length}.`,
    { remedy: 'Apply a cut only to the history that it was planned for, in the order of the record.' },
  );
}

function isPosition(value: number, below: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < below;
}
