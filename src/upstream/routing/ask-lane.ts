import { type Batches, batchesOf, lazily, type ModelRequest, type StreamOptions } from '../../core/index.ts';
import { sleep } from '../pause.ts';
import { withFirstEventIn } from './first-event.ts';
import type { Lane } from './lane.ts';
import type { RoutingOptions } from './options.ts';

/** The answer of one upstream, which counts as failed if it does not begin in time. */
export function askLane(
  { upstream }: Lane,
  { firstEventMs, sleep: wait = sleep }: RoutingOptions,
  request: ModelRequest,
  options: StreamOptions,
): Batches {
  const asked = signed(options, upstream.name);
  try {
    return batchesOf(
      firstEventMs === undefined
        ? upstream.model.stream(request, asked).batches()
        : withFirstEventIn(firstEventMs, upstream, request, asked, wait),
    );
  } catch (error) {
    // A model that is not ours may throw where it should fail as answers do.
    return lazily(() => {
      throw error;
    });
  }
}

/** What is done at an upstream is told with its name: a note of one that failed says nothing of the answer. */
function signed(options: StreamOptions, upstream: string): StreamOptions {
  const { onNote } = options;
  return onNote ? { ...options, onNote: (note) => onNote({ ...note, upstream }) } : options;
}
