import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { PerigeeError } from '../../core/index.ts';

/** The primary result codes of SQLite that mean something to us. */
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const TOO_BIG = 18;
const NOT_A_DATABASE = 26;

const UNWRITABLE: { readonly [code: number]: string } = {
  [READ_ONLY]: 'it may not be written to',
  [IO_ERROR]: 'the disk, or a limit on it, refused',
  [FULL]: 'the disk is full',
  [TOO_BIG]: 'a record is larger than 1 GB',
};

/** The primary result code of an error that SQLite threw; undefined for any other. */
function resultCode(error: unknown): number | undefined {
  const code = (error as { readonly errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

/** Whether somebody else holds the lock of the file. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === BUSY || code === LOCKED;
}

/** What SQLite threw about a session's file, in our words. Anything else comes back as it is. */
export function sessionFileError(error: unknown, name: string, path: string): unknown {
  const code = resultCode(error);
  if (code === undefined || isBusy(error)) return error;
  if (code === CORRUPT || code === NOT_A_DATABASE) {
    return new PerigeeError(
      'session-invalid',
      `The file of session "${name}" is damaged or no session: ${path}`,
      {
        remedy: 'Restore it from a copy, or take another session.',
        cause: error,
      },
    );
  }
  const why = code === CANNOT_OPEN ? whyNotOpened(path) : UNWRITABLE[code];
  const { message } = error as Error;
  return unwritable(`Session "${name}" cannot be written: ${why ?? message} (${path}).`, error);
}

/** The error for a folder or file of a session that cannot be written. */
export function unwritable(message: string, cause: unknown): PerigeeError {
  return new PerigeeError('session-unwritable', message, {
    remedy: 'Free some space or mend the rights, or choose another folder with --data-dir; then go on.',
    cause,
  });
}

function whyNotOpened(path: string): string {
  const may = (file: string, mode: number) => {
    try {
      accessSync(file, mode);
      return true;
    } catch {
      return false;
    }
  };
  if (!may(path, constants.F_OK)) return 'its file could not be made';
  if (!may(path, constants.R_OK)) return 'its file may not be read';
  if (!may(dirname(path), constants.W_OK)) return 'its folder may not be written to';
  return 'its file could not be opened';
}
