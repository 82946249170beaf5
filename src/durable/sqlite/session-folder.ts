import { closeSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PerigeeError } from '../../core/index.ts';
import { caseError } from '../copy-entries.ts';
import { checkSessionName, isSessionName } from '../session-name.ts';
import { makeFolder } from './make-folder.ts';
import { unwritable } from './sqlite-error.ts';

const ENDING = '.db';

/** The folder that holds a file for each session, and nobody but its owner may look into. */
export class SessionFolder {
  readonly path: string;

  constructor(dataDir: string) {
    this.path = join(dataDir, 'sessions');
  }

  /** The file of a session. Throws for a name that cannot be one, so no name leads out of the folder. */
  file(name: string): string {
    checkSessionName(name);
    return join(this.path, name + ENDING);
  }

  /** A file beside it. */
  beside(name: string, ending: string): string {
    checkSessionName(name);
    return join(this.path, name + ending);
  }

  /** The names of all sessions, in the order of the alphabet. */
  names(): string[] {
    let entries: string[];
    try {
      entries = readdirSync(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw unwritable(`The folder of sessions cannot be read: ${(error as Error).message}.`, error);
    }
    return entries
      .filter((entry) => entry.endsWith(ENDING))
      .map((entry) => entry.slice(0, -ENDING.length))
      .filter(isSessionName)
      .sort();
  }

  has(name: string): boolean {
    return statSync(this.file(name), { throwIfNoEntry: false })?.isFile() ?? false;
  }

  /** Throws `session-not-found` where there is no such session. */
  mustHave(name: string): void {
    if (this.has(name)) return;
    throw new PerigeeError('session-not-found', `There is no session "${name}" in ${this.path}.`, {
      remedy: 'perigee sessions list  shows what there is; --data-dir names another folder.',
    });
  }

  /** Throws `invalid-options` where a session has the same name but for its case: some file systems take it for one. */
  checkCase(name: string): void {
    const wanted = name.toLowerCase();
    const names = this.names();
    const other = names.includes(name) ? undefined : names.find((each) => each.toLowerCase() === wanted);
    if (other === undefined) return;
    throw caseError(name, other);
  }

  make(): void {
    try {
      makeFolder(this.path);
    } catch (error) {
      throw unwritable(`The folder for sessions cannot be made: ${(error as Error).message}.`, error);
    }
  }

  /** An empty file that only its owner may read, if there is none. */
  makeFile(path: string): void {
    try {
      // `wx` never opens one that is there: closing it again would free the lock of a session that is open here.
      closeSync(openSync(path, 'wx', 0o600));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
      throw unwritable(`The session cannot be made: ${(error as Error).message}.`, error);
    }
  }
}
