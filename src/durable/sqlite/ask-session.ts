import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { askOwner } from './ask-owner.ts';
import { answerFrom, answerOfNothing, type DeskRequest, writes } from './desk.ts';
import { busyError, readCard } from './owner.ts';
import { MIGRATIONS } from './schema.ts';
import { SessionFile } from './session-file.ts';
import type { SessionFolder } from './session-folder.ts';
import type { OpenDatabase } from './sqlite.ts';
import { isBusy } from './sqlite-error.ts';

/** Milliseconds for which a lock is waited for that nobody answers for: the owner is about to open or to close. */
const PATIENCE_MS = 3_000;

/** The ending of the file that says who works on a session. */
export const CARD = '.owner.json';

/** Where sessions are and how their files are opened. */
export interface Place {
  readonly folder: SessionFolder;
  readonly open: OpenDatabase;
}

/**
 * Asks the owner of a session or, where it has none, its file. Throws `session-not-found`, and `session-busy` when it is
 * held by somebody who cannot be asked.
 */
export async function askSession(
  { folder, open }: Place,
  name: string,
  request: DeskRequest,
  signal?: AbortSignal,
): Promise<unknown> {
  const card = folder.beside(name, CARD);
  return untilFree(name, card, async () => {
    folder.mustHave(name);
    const owner = readCard(card);
    const answer = owner && (await askOwner(owner, request, signal));
    if (answer) return answer;
    if (signal?.aborted) return { value: undefined };
    return { value: JSON.parse(askFile(open, name, folder.file(name), request)) as unknown };
  });
}

/** Opens a session for writing. Throws `session-busy` that says who holds it. */
export async function openFile({ folder, open }: Place, name: string): Promise<SessionFile> {
  const card = folder.beside(name, CARD);
  const path = folder.file(name);
  return untilFree(name, card, async () => {
    folder.makeFile(path);
    const before = inode(path);
    let file: SessionFile;
    try {
      file = SessionFile.toWrite(open, name, path);
    } catch (error) {
      // Whoever answers works on it, and there is no point in waiting.
      const owner = isBusy(error) ? readCard(card) : undefined;
      if (owner && (await askOwner(owner, { op: 'hello' }))) throw busyError(name, owner);
      throw error;
    }
    // While the lock was waited for, the session may have been removed, and this is what was left of it.
    if (inode(path) === before) return { value: file };
    file.close();
    return undefined;
  });
}

/** Tries until it gives something, for as long as that fails for a lock. */
async function untilFree<T>(
  name: string,
  card: string,
  attempt: () => Promise<{ readonly value: T } | undefined>,
): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      const got = await attempt();
      if (got) return got.value;
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    if (performance.now() > end) throw busyError(name, readCard(card));
    // Not all at the same moment, or two would go on refusing each other.
    await delay(20 + Math.random() * 60);
  }
}

function inode(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/**
 * What a killed process left in a log is taken in by a writer, which leaves one plain file: a reader may not, and reading
 * beside a WAL would keep writers out for longer than it takes.
 */
function askFile(open: OpenDatabase, name: string, path: string, request: DeskRequest): string {
  const read = writes(request) ? undefined : SessionFile.toRead(open, name, path);
  if (read) {
    try {
      if (read.version === 0) return answerOfNothing(request);
      if (read.version === MIGRATIONS.length) return answerFrom(read, request);
    } finally {
      read.close();
    }
  }
  const file = SessionFile.toWrite(open, name, path);
  try {
    return answerFrom(file, request);
  } finally {
    file.close();
  }
}
