import type { RunFinishReason, RunResult } from '../../agent/index.ts';
import { RunError } from '../../agent/index.ts';
import { isJsonObject, type JournalRecord, PerigeeError, type Usage } from '../../core/index.ts';
import type { RunOutcome } from './run-status.ts';

/** What of a result is kept beside the session. */
export function outcomeOf(state: RunOutcome['state'], result: RunResult): RunOutcome {
  const { finishReason, explanation, text, steps, usage, cost } = result;
  return {
    state,
    finishReason,
    explanation,
    text,
    steps: steps.length,
    usage,
    ...(cost !== undefined && { cost }),
  };
}

export function failureOutcome(error: unknown): RunOutcome {
  const message = error instanceof Error ? error.message : String(error);
  const known = error instanceof PerigeeError ? error : undefined;
  const done = error instanceof RunError ? outcomeOf('failed', error.result) : undefined;
  return {
    text: '',
    ...done,
    state: 'failed',
    finishReason: 'error',
    explanation: message,
    error: {
      code: known?.code ?? 'stream-error',
      message,
      ...(known?.remedy !== undefined && { remedy: known.remedy }),
    },
  };
}

/** The outcome of a run whose end is on record, though nobody lived to say so. */
export function recordedOutcome({ value }: JournalRecord, text: string): RunOutcome {
  const end = isJsonObject(value) ? value : {};
  return {
    state: 'ended',
    finishReason: end['finishReason'] as RunFinishReason,
    explanation: String(end['explanation'] ?? ''),
    text,
    usage: end['usage'] as Usage,
    ...(typeof end['cost'] === 'number' && { cost: end['cost'] }),
  };
}

/** What came of a run that nobody was at work on when it was to end. */
export function neverRan(wish: 'pause' | 'cancel'): RunOutcome {
  const text = '';
  return wish === 'pause'
    ? { state: 'paused', finishReason: 'paused', explanation: 'The run was paused.', text }
    : { state: 'cancelled', finishReason: 'aborted', explanation: 'The run was cancelled.', text };
}

/** Whether a failure says nothing about the run: the database or the session was not to be had. */
export function isPassingFailure(error: unknown): boolean {
  if (!(error instanceof PerigeeError)) return false;
  const { code } = error;
  return code === 'session-lost' || code === 'session-busy' || code === 'database-unreachable';
}
