import { linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { PerigeeError } from '../../core/index.ts';
import { existsError, forkSession, twiceError } from '../copy-entries.ts';
import { defaultDataDir } from '../data-dir.ts';
import type { ForkPoint } from '../fork-point.ts';
import { jsonText } from '../json-text.ts';
import { type ListedSession, listEach } from '../listed-session.ts';
import { type ReachedSession, reachedSession } from '../reached-session.ts';
import type { SessionEntry } from '../session-entry.ts';
import type { Sessions } from '../sessions.ts';
import { askSession, CARD, openFile, type Place } from './ask-session.ts';
import { newToken, ownCard, readCard, usedError, writeCard } from './owner.ts';
import { OwnerServer } from './owner-server.ts';
import { OpenSession, type SqliteSession } from './session.ts';
import { CLOSED_FOR, SessionFile } from './session-file.ts';
import { SessionFolder } from './session-folder.ts';
import { removeSocket } from './socket-path.ts';
import { loadSqlite } from './sqlite.ts';
import { unwritable } from './sqlite-error.ts';

export interface SqliteSessionsOptions {
  /** The folder for what Perigee keeps; default: `defaultDataDir()`. Sessions are in `sessions` in it. */
  readonly dataDir?: string;
  /** What others are told who find a session busy, as in `perigee run`; default: the program of this process. */
  readonly command?: string;
}

/** Sessions in SQLite files, one file each. */
export interface SqliteSessions extends Sessions {
  /** Also throws `session-invalid`, `session-unwritable` and `missing-package`. */
  open(name: string): Promise<SqliteSession>;
  /** The data folder, as an absolute path. */
  readonly dataDir: string;
}

/**
 * Sessions that survive their process, in SQLite files that only their owner may read. It needs Node 22.13, or the package
 * `@photostructure/sqlite`; that is found out when the first session is asked for (`missing-package`).
 */
export function sqliteSessions(options: SqliteSessionsOptions = {}): SqliteSessions {
  return new SessionsInFiles(options);
}

class SessionsInFiles implements SqliteSessions {
  readonly dataDir: string;
  readonly #folder: SessionFolder;
  readonly #command: string | undefined;

  constructor({ dataDir = defaultDataDir(), command }: SqliteSessionsOptions) {
    // What is told to processes in other folders must hold there too.
    this.dataDir = resolve(dataDir);
    this.#folder = new SessionFolder(this.dataDir);
    this.#command = command;
  }

  async names(): Promise<readonly string[]> {
    return this.#folder.names();
  }

  summaries(): Promise<readonly ListedSession[]> {
    return listEach(this);
  }

  async open(name: string): Promise<SqliteSession> {
    const place = await this.#place();
    this.#folder.checkCase(name);
    this.#folder.make();
    const file = await openFile(place, name);
    try {
      mustBeHere(file, name);
      file.setMeta('created-at', String(Date.now()));
      file.setMeta('name', name);
      return await this.#announce(name, file);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Lets other processes find who holds the session. */
  async #announce(name: string, file: SessionFile): Promise<SqliteSession> {
    const path = this.#folder.beside(name, CARD);
    // Its lock was free, so whoever wrote this card was killed.
    const left = readCard(path)?.socket;
    if (left !== undefined) removeSocket(left);
    const session = new OpenSession(name, file);
    const token = newToken();
    const server = await OwnerServer.start(this.dataDir, token, (request) => session.answer(request, card));
    const card = ownCard(this.#command, server?.path, token);
    session.opened(server, card, path);
    writeCard(path, card);
    return session;
  }

  async reach(name: string): Promise<ReachedSession> {
    const place = await this.#place();
    this.#folder.mustHave(name);
    return reachedSession(name, (request, signal) => askSession(place, name, request, signal));
  }

  async create(
    name: string,
    entries: AsyncIterable<SessionEntry> | Iterable<SessionEntry>,
    forkedFrom?: string,
  ): Promise<void> {
    const { open } = await this.#place();
    const path = this.#folder.file(name);
    this.#folder.checkCase(name);
    if (this.#folder.has(name)) throw existsError(name);
    this.#folder.make();
    const draft = `${path}.${newToken()}`;
    this.#folder.makeFile(draft);
    try {
      const file = SessionFile.toWrite(open, name, draft);
      try {
        file.setMeta('created-at', String(Date.now()));
        file.setMeta('name', name);
        if (forkedFrom !== undefined) file.setMeta('forked-from', forkedFrom);
        for await (const batch of batches(entries)) {
          file.transaction(() => {
            for (const entry of batch) addEntry(file, entry);
          });
        }
      } finally {
        file.close();
      }
      moveIntoPlace(draft, path, name);
    } finally {
      for (const ending of ['', '-wal', '-journal']) rmSync(draft + ending, { force: true });
    }
  }

  async fork(name: string, copy: string, at?: string): Promise<ForkPoint> {
    return forkSession(this, name, copy, at);
  }

  async sizes(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const sizes = new Map<string, number>();
    for (const name of names) {
      const path = this.#folder.file(name);
      const found = [path, `${path}-wal`].map((each) => statSync(each, { throwIfNoEntry: false })?.size);
      if (found[0] !== undefined) sizes.set(name, found[0] + (found[1] ?? 0));
    }
    return sizes;
  }

  async remove(name: string, { idleSince }: { readonly idleSince?: number } = {}): Promise<void> {
    const place = await this.#place();
    this.#folder.mustHave(name);
    const path = this.#folder.file(name);
    const card = this.#folder.beside(name, CARD);
    let file: SessionFile | undefined;
    try {
      file = await openFile(place, name);
    } catch (error) {
      // What is no session at all can be removed like one.
      const isBroken = error instanceof PerigeeError && error.code === 'session-invalid';
      if (!isBroken || idleSince !== undefined) throw error;
    }
    if (file && idleSince !== undefined) {
      try {
        mustBeIdle(file, name, idleSince);
      } catch (error) {
        file.close();
        throw error;
      }
    }
    // An open file can be removed everywhere but on Windows.
    if (process.platform === 'win32') file?.close();
    const left = readCard(card)?.socket;
    if (left !== undefined) removeSocket(left);
    try {
      for (const each of [path, `${path}-wal`, `${path}-shm`, `${path}-journal`, card])
        rmSync(each, { force: true });
    } catch (error) {
      throw unwritable(`Session "${name}" cannot be removed: ${(error as Error).message}.`, error);
    } finally {
      if (process.platform !== 'win32') file?.close();
    }
  }

  async #place(): Promise<Place> {
    return { folder: this.#folder, open: await loadSqlite() };
  }
}

function mustBeHere(file: SessionFile, name: string): void {
  const where = file.meta(CLOSED_FOR);
  if (where === undefined) return;
  throw new PerigeeError(
    'session-unwritable',
    `Session "${name}" was pushed to ${where}, and goes on there.`,
    {
      remedy: `Go on there (--database-url), or with a copy here: perigee sessions fork ${name} COPY.`,
    },
  );
}

/** Nobody else writes while the file is open here. */
function mustBeIdle(file: SessionFile, name: string, since: number): void {
  const times = file.rows(
    'SELECT max(at) AS at FROM (SELECT at FROM records UNION ALL SELECT at FROM queued UNION ALL SELECT at FROM delivered)',
  );
  const lastAt = Math.max(Number(file.meta('created-at') ?? 0), (times[0]?.['at'] as number | null) ?? 0);
  if (lastAt > since) throw usedError(name);
}

/** Records in one transaction. */
const BATCH = 500;

async function* batches(
  entries: AsyncIterable<SessionEntry> | Iterable<SessionEntry>,
): AsyncGenerator<SessionEntry[]> {
  let batch: SessionEntry[] = [];
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

function addEntry(file: SessionFile, entry: SessionEntry): void {
  if ('queued' in entry) {
    const { at, when, message } = entry.queued;
    file.queue({ at, when, text: jsonText(message, 'A message') }, newToken());
  } else if ('delivered' in entry) {
    const { name, at, value } = entry.delivered;
    file.deliver({ name, at, text: jsonText(value, `"${name}"`) }, newToken());
  } else {
    if (file.text(entry.name) !== undefined) {
      throw twiceError(entry.name);
    }
    file.add(entry.name, jsonText(entry.value, `"${entry.name}"`), entry.at);
  }
}

/** Never over a session that came about in the meantime. */
function moveIntoPlace(draft: string, path: string, name: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw existsError(name);
    // A file system without links.
    if (statSync(path, { throwIfNoEntry: false })) throw existsError(name);
    renameSync(draft, path);
  }
}
