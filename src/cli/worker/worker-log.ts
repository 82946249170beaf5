import type { WorkerNote } from '../../durable/index.ts';
import { count, dollars, duration } from '../terminal/screen.ts';
import { cutTo, printable } from '../terminal/text.ts';

export type WorkerLogStyle = 'pretty' | 'json' | 'none';

/** A line of the log, for programs. */
interface Entry {
  readonly time: string;
  readonly what: string;
  readonly run: string;
  readonly model?: string;
  readonly user?: string;
  /** Milliseconds that it was worked on here. */
  readonly ms?: number;
  readonly finishReason?: string;
  readonly steps?: number;
  readonly cost?: number;
  readonly error?: string;
}

/** Characters of a line. */
const LONGEST = 400;

const WORDS: { readonly [what: string]: string } = {
  begun: 'begins',
  'taken-over': 'is taken over',
  waiting: 'waits for a person',
  left: 'is left to others',
  ended: 'ends',
  failed: 'failed',
  paused: 'is paused',
  cancelled: 'is cancelled',
};

/** What writes one line for each thing that happens to a run on a worker. */
export function workerLog(style: WorkerLogStyle, write: (line: string) => void): (note: WorkerNote) => void {
  if (style === 'none') return () => {};
  const began = new Map<string, number>();
  return (note) => {
    const isBegin = note.what === 'begun' || note.what === 'taken-over';
    const since = began.get(note.id);
    if (isBegin) began.set(note.id, performance.now());
    else began.delete(note.id);
    const ms = isBegin || since === undefined ? undefined : Math.round(performance.now() - since);
    const entry = entryOf(note, ms);
    if (style === 'json') write(`${JSON.stringify(entry)}\n`);
    else write(`${cutTo(printable(prettyEntry(entry)).replace(/[\r\n\t]+/g, ' '), LONGEST)}\n`);
  };
}

function entryOf({ what, id, model, user, outcome }: WorkerNote, ms: number | undefined): Entry {
  return {
    time: new Date().toISOString(),
    what: what === 'over' ? (outcome?.state ?? 'ended') : what,
    run: id,
    ...(model !== undefined && { model }),
    ...(user !== undefined && { user }),
    ...(ms !== undefined && { ms }),
    ...(outcome && { finishReason: outcome.finishReason }),
    ...(outcome?.steps !== undefined && { steps: outcome.steps }),
    ...(outcome?.cost !== undefined && { cost: outcome.cost }),
    ...(outcome?.error && { error: outcome.error.message }),
  };
}

/** One line as people read it. The time is UTC, as in the log of the gateway. */
function prettyEntry({ time, what, run, model, user, ms, finishReason, steps, cost, error }: Entry): string {
  const parts = [
    time.slice(11, 19),
    `${run} ${WORDS[what] ?? what}${what === 'ended' ? `: ${finishReason}` : ''}`,
    model,
    user !== undefined && `for ${user}`,
    steps !== undefined && `${count(steps)} ${steps === 1 ? 'step' : 'steps'}`,
    cost !== undefined && cost > 0 && dollars(cost),
    ms !== undefined && duration(ms),
    error,
  ];
  return parts.filter((part) => typeof part === 'string' && part !== '').join('  ');
}
