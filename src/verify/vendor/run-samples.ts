import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import { isJsonObject, PerigeeError } from '../../core/index.ts';
import type { CaseTool } from '../case.ts';
import { type AskedSide, ask, type Patience } from '../run/ask.ts';
import { fatalError } from '../run/fatal.ts';
import { Gate } from '../run/gate.ts';
import type { Progress } from '../run/run-suite.ts';
import { type VendorResult, vendorResult } from './results.ts';
import type { Sample } from './samples.ts';

export interface SampleRun extends Patience {
  readonly samples: readonly Sample[];
  readonly asked: AskedSide;
  readonly concurrency?: number;
  readonly signal: AbortSignal;
  /** Numbers of samples that were answered in an earlier run. */
  readonly known: ReadonlySet<number>;
  readonly onResult: (result: VendorResult) => void;
  readonly onProgress?: (progress: Progress) => void;
}

/** Sends samples of the vendor verifier as they are. Returns whether all were sent; throws when the host cannot be asked at all. */
export async function runSamples(run: SampleRun): Promise<boolean> {
  const { samples, asked, known, signal, concurrency = 4, onResult, onProgress } = run;
  const open = samples.filter(({ index }) => !known.has(index));
  const now = () => performance.now();
  const gate = new Gate(now);
  // Each sample that is open listens, and there may be many.
  setMaxListeners(0, signal);
  let next = 0;
  let done = 0;
  let answered = known.size > 0;
  let failure: unknown;
  const progress = () => onProgress?.({ done, total: open.length, waitMs: gate.left });
  async function work(): Promise<void> {
    for (let sample = open[next++]; sample && !signal.aborted && !failure; sample = open[next++]) {
      const mode = sample.request['stream'] === true ? 'stream' : 'whole';
      const body = { ...sample.request, ...asked.manner.extraBody };
      const at = Date.now();
      try {
        const surroundings = { signal, now, onWait: progress };
        const came = await ask(asked, body, mode, toolsOf(sample), gate, run, surroundings);
        answered ||= came.answer !== undefined;
        const fatal = fatalError(came.problem, answered);
        if (fatal) throw fatal;
        const place = { side: asked.side, case: String(sample.index), mode, repeat: 0, step: 0, at } as const;
        onResult(vendorResult(sample, { ...place, ...came }));
        done++;
        progress();
      } catch (error) {
        if (!(error instanceof PerigeeError && error.code === 'aborted')) failure ??= error;
      }
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));
  if (failure) throw failure;
  return done === open.length;
}

function toolsOf({ request }: Sample): CaseTool[] {
  const tools: unknown = request['tools'];
  if (!Array.isArray(tools)) return [];
  return tools.flatMap((tool) =>
    isJsonObject(tool) && isJsonObject(tool['function']) && typeof tool['function']['name'] === 'string'
      ? [tool['function'] as unknown as CaseTool]
      : [],
  );
}
