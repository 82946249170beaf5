import { randomUUID } from 'node:crypto';
import { readRecordName } from '../agent/index.ts';
import { isJsonObject, type JournalRecord, PerigeeError } from '../core/index.ts';
import { type ForkPoint, forkPoint } from './fork-point.ts';
import type { ReachedSession } from './reached-session.ts';
import type { SessionEntry } from './session-entry.ts';
import type { Sessions } from './sessions.ts';

/** Copies a session up to a step, wherever sessions are kept. */
export async function forkSession(
  sessions: Pick<Sessions, 'reach' | 'create'>,
  name: string,
  copy: string,
  at?: string,
): Promise<ForkPoint> {
  const session = await sessions.reach(name);
  const point = await forkPoint(session.records(), at);
  await sessions.create(
    copy,
    entriesUntil(session, point.seq),
    point.step === undefined ? name : `${name} ${point.step}`,
  );
  return point;
}

/** Messages that were in line by then, values that belong to what is copied, and the records. */
async function* entriesUntil(session: ReachedSession, seq: number): AsyncGenerator<SessionEntry> {
  const names = new Set<string>();
  let lastAt = 0;
  for await (const record of session.records()) {
    if (record.seq > seq) break;
    names.add(record.name);
    lastAt = Math.max(lastAt, record.at);
  }
  for await (const entry of session.entries()) {
    if ('queued' in entry) {
      if (entry.queued.at <= lastAt) yield entry;
    } else if ('delivered' in entry) {
      if (names.has(entry.delivered.name)) yield entry;
    } else if (entry.seq <= seq) yield asAnother(entry);
    else return;
  }
}

/** A run that is gone on with in a copy is another run: a service must not take its calls for those of the first. */
function asAnother(record: JournalRecord): JournalRecord {
  const { name, value } = record;
  if (readRecordName(name)?.part !== 'prompt' || !isJsonObject(value) || value['id'] === undefined)
    return record;
  return { ...record, value: { ...value, id: randomUUID() } };
}

/** The error for a name that is taken. */
export function existsError(name: string): PerigeeError {
  return new PerigeeError('invalid-options', `There is a session "${name}" already.`, {
    remedy: 'Take another name, or remove it: perigee sessions rm.',
  });
}

/** The error for a name that is another one in a place where case counts for nothing. */
export function caseError(name: string, other: string): PerigeeError {
  return new PerigeeError('invalid-options', `"${name}" and the session "${other}" differ in case only.`, {
    remedy: 'Use that name, or one that differs in more.',
  });
}

/** The error for two records of one name in what a session is made of. */
export function twiceError(name: string): PerigeeError {
  return new PerigeeError('session-invalid', `Two records have the name "${name}".`, {
    remedy: 'Give what  perigee sessions export --jsonl  wrote of one session.',
  });
}
