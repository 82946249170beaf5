import { setTimeout as delay } from 'node:timers/promises';
import { readRecordName } from '../../agent/index.ts';
import { isJsonObject, type JournalRecord, PerigeeError } from '../../core/index.ts';
import { patiently, RUN_PATIENCE_MS } from '../postgres/patience.ts';
import type { PostgresSession } from '../postgres/postgres-session.ts';
import type { PostgresSessions } from '../postgres/postgres-sessions.ts';
import { type Ending, GoingRun, type RunContext, type WorkerAgent } from './going-run.ts';
import type { RunDesk } from './run-desk.ts';
import { recordedOutcome } from './run-outcome.ts';
import type { RunRef, RunRow } from './run-rows.ts';
import type { KeptTask } from './run-task.ts';
import { type WorkerNote, workerNote } from './worker-note.ts';

/** What work on runs needs. */
export interface Workplace {
  readonly worker: string;
  readonly sessions: PostgresSessions;
  readonly desk: RunDesk;
  /** The runs that are worked on here, by session. */
  readonly going: Map<string, GoingRun>;
  /** Fires when nothing is to be begun here any more. */
  readonly closing: AbortSignal;
  tell(note: WorkerNote): void;
  makeAgent(task: KeptTask, context: RunContext): WorkerAgent | Promise<WorkerAgent>;
}

/** Milliseconds between two looks at a session that somebody else has. */
const BUSY_MS = 300;

/**
 * Works on a run until it is over, waits for a person, or somebody else is to go on with it: `left` then. What it throws is
 * for later: the database cannot be reached, or the session is another's.
 */
export async function executeRun(ref: RunRef, place: Workplace): Promise<'over' | 'left'> {
  const { desk, sessions, worker } = place;
  const begun = await patiently(
    RUN_PATIENCE_MS,
    () => desk.rows.begin(sessions.database, ref, worker),
    place.closing,
  );
  if (!begun) return 'over';
  const going = new GoingRun();
  place.going.set(ref.session, going);
  try {
    place.tell(workerNote(begun.wasBegun ? 'taken-over' : 'begun', begun.row));
    if (begun.row.wish) going.wish(begun.row.wish);
    for (let isRecovered = begun.wasBegun; ; isRecovered = false) {
      const worked = await inSession(place, going, begun.row, isRecovered);
      if (worked === undefined || 'left' in worked.ending) break;
      const { ending, epoch } = worked;
      const settled = await patiently(RUN_PATIENCE_MS, () => desk.settle(ref, epoch, ending));
      if (settled === 'over') {
        const outcome = 'outcome' in ending ? ending.outcome : undefined;
        place.tell(workerNote(outcome ? 'over' : 'waiting', begun.row, outcome));
        return 'over';
      }
      if (settled === 'lost' || place.closing.aborted) break;
    }
    place.tell(workerNote('left', begun.row));
    return 'left';
  } catch (error) {
    place.tell(workerNote('left', begun.row));
    throw error;
  } finally {
    if (place.going.get(ref.session) === going) place.going.delete(ref.session);
  }
}

async function inSession(
  place: Workplace,
  going: GoingRun,
  row: RunRow,
  isRecovered: boolean,
): Promise<{ readonly ending: Ending; readonly epoch: number } | undefined> {
  const session = await openWhenFree(place, row.name);
  if (!session) return undefined;
  const { epoch } = session;
  try {
    const ended = isRecovered ? await endOnRecord(session, row.recordsBefore) : undefined;
    const isTold = ended !== undefined && (await place.desk.isEndTold(row));
    const reason = isJsonObject(ended?.end.value) ? ended.end.value['finishReason'] : undefined;
    // One that was answered gives its answer again, and sees what was said since.
    if (ended && reason !== 'stop') {
      return { ending: { outcome: recordedOutcome(ended.end, ended.text), seen: ended.seen }, epoch };
    }
    const answered = await place.desk.answered(row);
    const ending = await going.work(session, row.task, { answered, isTold }, (context) => {
      if (row.isSpoilt) throw spoiltTask();
      return place.makeAgent(row.task, context);
    });
    return { ending, epoch };
  } finally {
    // What was told is in the database before anybody hears that the run is over.
    await session.close();
  }
}

/** Undefined when this worker is to end before the session is free. */
async function openWhenFree({ sessions, closing }: Workplace, name: string) {
  for (;;) {
    try {
      return await patiently(RUN_PATIENCE_MS, () => sessions.open(name), closing);
    } catch (error) {
      if (!(error instanceof PerigeeError) || error.code !== 'session-busy') throw error;
    }
    await delay(BUSY_MS, undefined, { signal: closing }).catch(() => {});
    if (closing.aborted) return undefined;
  }
}

/** The end of the run, when it is on record though the worker did not live to say so. */
async function endOnRecord(session: PostgresSession, recordsBefore: number) {
  let last: JournalRecord | undefined;
  let text = '';
  let seen = 0;
  for await (const record of session.records()) {
    last = record;
    const { value } = record;
    if (!isJsonObject(value)) continue;
    if (typeof value['queueSeen'] === 'number') seen = Math.max(seen, value['queueSeen']);
    const { turn } = value;
    if (isJsonObject(turn)) text = String(turn['content'] ?? '');
  }
  if (!last || last.seq <= recordsBefore || readRecordName(last.name)?.part !== 'end') return undefined;
  return { end: last, text, seen };
}

function spoiltTask(): PerigeeError {
  return new PerigeeError('session-invalid', 'What the run was to do cannot be read.', {
    remedy: 'Queue it again. Somebody has written into the table of runs.',
  });
}
