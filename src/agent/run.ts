import { PerigeeError } from '../core/index.ts';
import type { RunControl } from './control.ts';
import type { AgentEvent } from './event.ts';
import { EventQueue } from './event-queue.ts';
import type { RunResult } from './result.ts';

/**
 * A run of an agent. It starts by itself, in the next microtask, and goes on whether it is awaited, iterated,
 * both (in either order) or neither; only the signal of its options ends it early.
 *
 * Awaiting gives the result, or throws a `RunError` that carries what had been done. A failure that nobody
 * looks at is no unhandled rejection.
 *
 * Iterating gives the events, once. It may begin late: events are held (the first 10,000) until the run is
 * awaited or iterated. While it is iterated they are buffered, since the run does not wait for its reader; when
 * it is only awaited they are dropped, and an iteration that begins after that sees what comes from then on.
 * The last event is always `end`; a run that fails throws its `RunError` there instead. Leaving the iteration
 * does not end the run.
 */
export interface Run extends PromiseLike<RunResult>, AsyncIterable<AgentEvent>, RunControl {}

/** Starts `work` and shows it as a run. */
export function startRun(
  control: RunControl,
  work: (emit: (event: AgentEvent) => void) => Promise<RunResult>,
): Run {
  const queue = new EventQueue<AgentEvent>();
  const result = Promise.resolve()
    .then(() => work((event) => queue.push(event)))
    .then(
      (value) => {
        queue.end({ type: 'end', result: value });
        return value;
      },
      (error: unknown) => {
        queue.fail(error);
        throw error;
      },
    );
  result.catch(() => {});
  return {
    steer: (message, when) => control.steer(message, when),
    approve: (callId, answer) => control.approve(callId, answer),
    pause: () => control.pause(),
    // biome-ignore lint/suspicious/noThenProperty: a run can be awaited
    then(onResult, onError) {
      queue.ignore();
      return result.then(onResult, onError);
    },
    [Symbol.asyncIterator]() {
      if (queue.isRead) {
        throw new PerigeeError('invalid-options', 'A run can be iterated only once.', {
          remedy: 'Hand the events on from one loop.',
        });
      }
      return queue[Symbol.asyncIterator]();
    },
  };
}
