import { count, dollars, duration } from '../terminal/screen.ts';
import { cutTo, printable } from '../terminal/text.ts';

export type WorkerLogStyle = 'pretty' | 'json' | 'none';

/** What a worker tells about one of its runs. */
export interface RunNote {
  /** `taken-over`: it had been begun before, and whoever had it left it or died. `handed-over`: others go on with it. */
  readonly what:
    | 'begun'
    | 'taken-over'
    | 'waiting'
    | 'ended'
    | 'failed'
    | 'paused'
    | 'cancelled'
    | 'handed-over';
  readonly run: string;
  readonly model?: string;
  readonly user?: string;
  /** Milliseconds that it was worked on here. */
  readonly ms?: number;
  readonly steps?: number;
  readonly cost?: number;
  readonly finishReason?: string;
  readonly explanation?: string;
  readonly error?: string;
}

/** Characters of a line. */
const LONGEST = 400;

const WORDS: { readonly [what in RunNote['what']]: string } = {
  begun: 'begins',
  'taken-over': 'is taken over',
  waiting: 'waits for a person',
  ended: 'ends',
  failed: 'failed',
  paused: 'is paused',
  cancelled: 'is cancelled',
  'handed-over': 'is handed over',
};

/** What writes one line for each thing that happens to a run. */
export function workerLog(style: WorkerLogStyle, write: (line: string) => void): (note: RunNote) => void {
  if (style === 'none') return () => {};
  return (note) => {
    const time = new Date().toISOString();
    if (style === 'json') write(`${JSON.stringify({ time, ...note })}\n`);
    else write(`${cutTo(printable(prettyNote(time, note)).replace(/[\r\n\t]+/g, ' '), LONGEST)}\n`);
  };
}

function prettyNote(time: string, note: RunNote): string {
  const { what, run, model, user, ms, steps, cost, finishReason, error } = note;
  const parts = [
    time.slice(11, 19),
    `${run} ${WORDS[what]}${finishReason === undefined || what !== 'ended' ? '' : `: ${finishReason}`}`,
    model,
    user !== undefined && `for ${user}`,
    steps !== undefined && `${count(steps)} ${steps === 1 ? 'step' : 'steps'}`,
    cost !== undefined && cost > 0 && dollars(cost),
    ms !== undefined && duration(ms),
    error,
  ];
  return parts.filter((part) => typeof part === 'string' && part !== '').join('  ');
}
