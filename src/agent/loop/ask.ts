import { PerigeeError, type StreamEvent, type Turn, TurnAssembler } from '../../core/index.ts';
import type { EagerCalls } from '../calls/eager.ts';
import { thrownMessage } from '../calls/result-text.ts';
import type { StepPlan } from './plan.ts';
import type { RunState } from './run-state.ts';

/**
 * Asks the model once and passes its events on. Throws a `PerigeeError` when no whole answer comes, or when the run is
 * paused meanwhile (`aborted`). `eager` is made for this attempt and sees its events.
 */
export async function ask(
  plan: StepPlan,
  state: RunState,
  step: number,
  eager: (writing: TurnAssembler) => EagerCalls,
): Promise<{ readonly turn: Turn; readonly calls: EagerCalls }> {
  const { cancellation } = state;
  const assembler = new TurnAssembler();
  const calls = eager(assembler);
  state.writing = assembler;
  // A signal of its own, so that nothing piles up on the caller's in a run of thousands of turns.
  const controller = new AbortController();
  const offs = [
    cancellation.onAbort(() => controller.abort(cancellation.reason)),
    state.control.onPause(() => controller.abort(new Error('The run was paused.'))),
  ];
  let batches: AsyncIterator<readonly StreamEvent[]> | undefined;
  let finished = false;
  try {
    cancellation.throwIfAborted();
    batches = plan.model
      .stream(plan.request, { signal: controller.signal })
      .batches()
      [Symbol.asyncIterator]();
    for (;;) {
      const next = await raced(batches.next(), controller.signal);
      if (next.done) break;
      for (const event of next.value) {
        assembler.push(event);
        finished ||= event.type === 'finish';
        state.emit({ ...event, step });
        calls.see(event);
      }
    }
    if (!finished) {
      throw new PerigeeError('stream-cut', "The model's answer ended without a finish.", { retryable: true });
    }
    return { turn: assembler.turn(), calls };
  } catch (thrown) {
    controller.abort(thrown);
    // Not awaited: a model that does not heed its signal may never come back.
    batches?.return?.().catch(() => {});
    calls.drop();
    throw asPerigeeError(thrown);
  } finally {
    for (const off of offs) off();
  }
}

/** The outcome of `work`, or an `aborted` error as soon as the signal fires. */
function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const giveUp = () =>
      reject(new PerigeeError('aborted', 'The request was cancelled.', { cause: signal.reason }));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

function asPerigeeError(thrown: unknown): PerigeeError {
  if (thrown instanceof PerigeeError) return thrown;
  return new PerigeeError('stream-error', `The model failed: ${thrownMessage(thrown)}`, { cause: thrown });
}
