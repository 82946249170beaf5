import { setTimeout as delay } from 'node:timers/promises';
import { readRecordName } from '../../agent/index.ts';
import { isJsonObject, type JournalRecord, PerigeeError } from '../../core/index.ts';
import { patiently, RUN_PATIENCE_MS } from '../postgres/patience.ts';
import type { PostgresSession } from '../postgres/postgres-session.ts';
import type { PostgresSessions } from '../postgres/postgres-sessions.ts';
import { type Ending, GoingRun, type RunContext, type WorkerAgent } from './going-run.ts';
import type { RunDesk } from './run-desk.ts';
import { failureOutcome, isPassingFailure, recordedOutcome } from './run-outcome.ts';
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
  const { desk, worker } = place;
  const begun = await beginRun(place, ref);
  if (!begun) return 'over';
  const going = new GoingRun();
  place.going.set(ref.session, going);
  try {
    place.tell(workerNote(begun.wasBegun ? 'taken-over' : 'begun', begun.row));
    if (begun.row.wish) going.wish(begun.row.wish);
    for (let isRecovered = begun.wasBegun; ; isRecovered = false) {
      const worked = await inSession(place, going, ref, begun.row, isRecovered);
      if (worked === 'gone') {
        place.tell(workerNote('left', begun.row));
        return 'over';
      }
      if (worked === 'left' || 'left' in worked.ending) break;
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
    // What is no matter of the moment would be so for everybody who comes after.
    const isEnded = !isPassingFailure(error) && (await desk.fail(ref, worker, error));
    const outcome = isEnded ? failureOutcome(error) : undefined;
    place.tell(workerNote(outcome ? 'over' : 'left', begun.row, outcome));
    if (isEnded) return 'over';
    throw error;
  } finally {
    if (place.going.get(ref.session) === going) place.going.delete(ref.session);
  }
}

/** `gone`: there is nothing to be done any more. */
async function inSession(
  place: Workplace,
  going: GoingRun,
  ref: RunRef,
  row: RunRow,
  isRecovered: boolean,
): Promise<{ readonly ending: Ending; readonly epoch: number } | 'left' | 'gone'> {
  const opened = await openWhenFree(place, ref);
  if (typeof opened === 'string') return opened;
  const { session, hasWaited } = opened;
  const { epoch } = session;
  try {
    // Whoever had it may have brought it to its end, and another run may have its place by now.
    if (hasWaited && !(await beginRun(place, ref))) return 'gone';
    const ended = isRecovered ? await endOnRecord(session, row.recordsBefore) : undefined;
    const isTold = ended !== undefined && (await place.desk.isEndTold(row));
    const reason = isJsonObject(ended?.end.value) ? ended.end.value['finishReason'] : undefined;
    // One that was answered gives its answer again, and sees what was said since.
    if (ended && reason !== 'stop') {
      return { ending: { outcome: recordedOutcome(ended.end, ended.text), seen: ended.seen }, epoch };
    }
    const answered = await place.desk.answered(row);
    const ending = await going.work(session, row.task, { answered, isTold }, (context) =>
      place.makeAgent(row.task, context),
    );
    return { ending, epoch };
  } finally {
    // What was told is in the database before anybody hears that the run is over.
    await session.close();
  }
}

function beginRun({ desk, sessions, worker, closing }: Workplace, ref: RunRef) {
  return patiently(RUN_PATIENCE_MS, () => desk.rows.begin(sessions.database, ref, worker), closing);
}

/** `left`: this worker is to end before the session is free. `gone`: the session was removed. */
async function openWhenFree({ sessions, closing }: Workplace, { name, session: id }: RunRef) {
  for (let hasWaited = false; ; hasWaited = true) {
    try {
      const session = await patiently(RUN_PATIENCE_MS, () => sessions.open(name, id), closing);
      return { session, hasWaited };
    } catch (error) {
      const code = error instanceof PerigeeError ? error.code : undefined;
      if (code === 'session-not-found') return 'gone';
      if (code !== 'session-busy') throw error;
    }
    await delay(BUSY_MS, undefined, { signal: closing }).catch(() => {});
    if (closing.aborted) return 'left';
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
