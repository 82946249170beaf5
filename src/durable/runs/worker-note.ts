import type { RunRow } from './run-rows.ts';
import type { RunOutcome } from './run-status.ts';

/** What a worker tells about one of its runs. */
export interface WorkerNote {
  /**
   * - `begun`: it is worked on here; `taken-over`: the same, and somebody had begun before, who left it or died.
   * - `waiting`: a call waits for a person, and the run holds no place until there is an answer.
   * - `left`: others are to go on with it, or have it already.
   * - `over`: the outcome says how.
   */
  readonly what: 'begun' | 'taken-over' | 'waiting' | 'left' | 'over';
  /** The id of the run, which is the name of its session. */
  readonly id: string;
  readonly model?: string;
  readonly user?: string;
  readonly outcome?: RunOutcome;
}

export function workerNote(
  what: WorkerNote['what'],
  { name, task }: RunRow,
  outcome?: RunOutcome,
): WorkerNote {
  const { model, user } = task;
  return {
    what,
    id: name,
    ...(model !== undefined && { model }),
    ...(user !== undefined && { user }),
    ...(outcome && { outcome }),
  };
}
