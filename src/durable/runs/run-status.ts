import type { RunFinishReason } from '../../agent/index.ts';
import type { Usage } from '../../core/index.ts';
import type { WaitingCall } from '../summary.ts';

/**
 * Where a run stands.
 *
 * - `queued`: no worker has begun it.
 * - `running`: a worker is at work on it, or was: with `isLeft` it is gone, and the next one goes on.
 * - `waiting`: a call waits for a person. No worker holds it until there is an answer.
 * - `ended`: the agent came to an end; the outcome says which.
 * - `failed`: it could not go on; the outcome has the error.
 * - `paused`, `cancelled`: somebody asked for it.
 *
 * All but the first three are over; `start` goes on with a session whose run is over.
 */
export type RunState = 'queued' | 'running' | 'waiting' | 'ended' | 'failed' | 'paused' | 'cancelled';

/** What came of a run. */
export interface RunOutcome {
  readonly state: 'ended' | 'failed' | 'paused' | 'cancelled';
  readonly finishReason: RunFinishReason;
  /** Why it ended, in one sentence. */
  readonly explanation: string;
  /** The text of the last turn. */
  readonly text: string;
  readonly steps?: number;
  readonly usage?: Usage;
  /** US dollars, where that is known. */
  readonly cost?: number;
  /** What went wrong, when it failed. */
  readonly error?: { readonly code: string; readonly message: string; readonly remedy?: string };
}

/** What there is to say about a run. */
export interface RunStatus {
  readonly id: string;
  readonly state: RunState;
  /** Which worker has it, or had it last. */
  readonly worker?: string;
  /** That worker is gone, died or was stopped, and no other has the run yet. */
  readonly isLeft?: true;
  readonly model?: string;
  readonly user?: string;
  /** Milliseconds since 1970. */
  readonly queuedAt: number;
  readonly beganAt?: number;
  readonly endedAt?: number;
  /** The calls that wait for a person. */
  readonly waiting: readonly WaitingCall[];
  /** When it is over. */
  readonly outcome?: RunOutcome;
}

/** Whether a run in this state will be worked on, or is. */
export function isDue(state: RunState | undefined): boolean {
  return state === 'queued' || state === 'running' || state === 'waiting';
}
