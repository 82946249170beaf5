import type { SessionOwner, SessionSummary } from '../../durable/index.ts';
import { plural } from '../terminal/screen.ts';

/** What a session is at, in a word for programs. */
export type SessionState = 'running' | 'waiting' | 'interrupted' | 'done' | 'new' | 'pushed';

export function stateOf(summary: SessionSummary, owner: SessionOwner | undefined): SessionState {
  if (summary.closedFor !== undefined) return 'pushed';
  if (summary.waiting.length > 0) return 'waiting';
  if (owner) return 'running';
  if (summary.isUnfinished) return 'interrupted';
  return summary.finishReason === undefined ? 'new' : 'done';
}

/** The same in words for people, with who runs it and what it waits for. */
export function stateText(summary: SessionSummary, owner: SessionOwner | undefined): string {
  const state = stateOf(summary, owner);
  const by = owner ? `running (process ${owner.pid})` : '';
  switch (state) {
    case 'waiting': {
      const waits = `waiting for approval of ${plural(summary.waiting.length, 'call')}`;
      return by === '' ? waits : `${by}, ${waits}`;
    }
    case 'pushed':
      return `pushed to ${summary.closedFor}`;
    case 'running':
      return by;
    case 'done':
      return `done: ${summary.finishReason}`;
    default:
      return state;
  }
}
