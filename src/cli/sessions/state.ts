import type { RunStatus, SessionOwner, SessionSummary } from '../../durable/index.ts';
import { plural } from '../terminal/screen.ts';

/** What a session is at, in a word for programs. */
export type SessionState =
  | 'running'
  | 'queued'
  | 'waiting'
  | 'interrupted'
  | 'failed'
  | 'paused'
  | 'cancelled'
  | 'done'
  | 'new'
  | 'pushed';

/** `run`: where it stands with the workers, in a database. */
export function stateOf(
  summary: SessionSummary,
  owner: SessionOwner | undefined,
  run?: RunStatus,
): SessionState {
  if (summary.closedFor !== undefined) return 'pushed';
  const came = owner ? undefined : cameOf(summary, run);
  // What was asked in a run that is over nobody waits for.
  if (came === 'failed' || came === 'cancelled') return came;
  if (summary.waiting.length > 0) return 'waiting';
  if (owner) return 'running';
  if (run?.state === 'queued' || run?.isLeft) return 'queued';
  if (run?.state === 'running') return 'running';
  if (came) return came;
  if (summary.isUnfinished) return 'interrupted';
  return summary.finishReason === undefined ? 'new' : 'done';
}

/** How the last run ended without being finished, where it was on workers. */
function cameOf(summary: SessionSummary, run: RunStatus | undefined) {
  // Workers may have failed at it before they could record anything.
  if (!run || (!summary.isUnfinished && summary.records > 0)) return undefined;
  const { state, endedAt } = run;
  if (state !== 'failed' && state !== 'paused' && state !== 'cancelled') return undefined;
  // Somebody went on with it since, without workers.
  const isEarlier = endedAt !== undefined && (summary.lastAt ?? 0) > endedAt;
  return isEarlier ? undefined : state;
}

/** The same in words for people, with who runs it and what it waits for. */
export function stateText(summary: SessionSummary, owner: SessionOwner | undefined, run?: RunStatus): string {
  const state = stateOf(summary, owner, run);
  const by = owner || state === 'running' ? `running (${placeOf(owner, run)})` : '';
  switch (state) {
    case 'pushed':
      return `pushed to ${summary.closedFor}`;
    case 'waiting': {
      const waits = `waiting for approval of ${plural(summary.waiting.length, 'call')}`;
      return by === '' ? waits : `${by}, ${waits}`;
    }
    case 'running':
      return by;
    case 'queued':
      return run?.isLeft ? `in line for a worker (${run.worker} is gone)` : 'in line for a worker';
    case 'failed':
      return `failed: ${run?.outcome?.explanation ?? ''}`;
    case 'done':
      return `done: ${summary.finishReason}`;
    default:
      return state;
  }
}

function placeOf(owner: SessionOwner | undefined, run: RunStatus | undefined): string {
  if (run?.state === 'running' && run.worker !== undefined && !run.isLeft) return `on ${run.worker}`;
  const process = `process ${owner?.pid}`;
  return run ? `${process} on ${owner?.host}` : process;
}
