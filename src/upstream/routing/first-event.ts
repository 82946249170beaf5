import {
  type Model,
  type ModelRequest,
  PerigeeError,
  type StreamEvent,
  type StreamOptions,
} from '../../core/index.ts';
import type { Sleep } from '../pause.ts';
import type { Upstream } from './options.ts';

const LATE = 'late';

type Batches = AsyncGenerator<readonly StreamEvent[], void, undefined>;

/** The answer of an upstream, cancelled with `silence` when its first event, held back or not, does not come in time. */
export async function* withFirstEventIn(
  milliseconds: number,
  { name, model }: Upstream,
  request: ModelRequest,
  options: StreamOptions,
  sleep: Sleep,
): Batches {
  const { signal } = options;
  const stop = new AbortController();
  const inTime = new AbortController();
  const onAbort = () => stop.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  let isLate = false;
  const late = sleep(milliseconds, inTime.signal).then(() => {
    if (inTime.signal.aborted) return undefined;
    isLate = true;
    stop.abort();
    return LATE;
  });
  const batches = begin(model, request, { ...options, signal: stop.signal });
  try {
    let result = await first(batches, late);
    inTime.abort();
    if (result === LATE) throw tooSlow(name, milliseconds);
    for (; !result.done; result = await batches.next()) yield result.value;
  } catch (error) {
    throw isLate ? tooSlow(name, milliseconds) : error;
  } finally {
    inTime.abort();
    signal?.removeEventListener('abort', onAbort);
    const returned = batches.return?.();
    // A model that does not heed its signal must not hold the request up.
    if (isLate) returned?.then(undefined, () => {});
    else await returned;
  }
}

function begin(model: Model, request: ModelRequest, options: StreamOptions) {
  return model.stream(request, options).batches()[Symbol.asyncIterator]();
}

async function first(
  batches: AsyncIterator<readonly StreamEvent[]>,
  late: Promise<typeof LATE | undefined>,
): Promise<IteratorResult<readonly StreamEvent[]> | typeof LATE> {
  const next = batches.next();
  next.catch(() => {});
  return (await Promise.race([next, late])) ?? (await next);
}

function tooSlow(name: string, milliseconds: number): PerigeeError {
  return new PerigeeError('silence', `${name} sent no event in ${milliseconds} ms.`, {
    retryable: true,
    remedy: 'Raise firstEventMs if this upstream may think for longer before its first event.',
  });
}
