import { PerigeeError } from '../../core/index.ts';
import type { AgentEvent } from '../event.ts';
import type { RunOptions } from '../options.ts';
import { RunError, type RunResult } from '../result.ts';
import { loadApi } from './load-api.ts';
import { RunSpans } from './run-spans.ts';

type Emit = (event: AgentEvent) => void;

/** Does the work of a tool where what it records itself belongs to its call. */
export type Within = <T>(callId: string, work: () => T) => T;

/** Does a run; where somebody records spans, with spans of it. */
export async function traced(
  model: string,
  session: RunOptions['session'],
  emit: Emit,
  work: (emit: Emit, within: Within) => Promise<RunResult>,
): Promise<RunResult> {
  const name = typeof session === 'string' ? session : session?.name;
  const loading = loadApi();
  const spans = loading && RunSpans.begin(await loading, model, name);
  if (!spans) return work(emit, (_callId, inner) => inner());
  const seen = (event: AgentEvent) => {
    spans.see(event);
    emit(event);
  };
  try {
    const result = await work(seen, (callId, inner) => spans.within(callId, inner));
    spans.end(result);
    return result;
  } catch (thrown) {
    const failure = thrown instanceof PerigeeError ? thrown.code : 'error';
    spans.end(thrown instanceof RunError ? thrown.result : undefined, failure);
    throw thrown;
  }
}
