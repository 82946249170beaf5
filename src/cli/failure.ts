import { type ErrorCode, PerigeeError } from '../core/index.ts';
import { printable } from './terminal/text.ts';

/** The command was called in a way that cannot work: exit code 2. */
export class UsageError extends Error {}

/** Where the remedy of the library names what only a program can do. */
const REMEDIES: Partial<Record<ErrorCode, string>> = {
  silence: 'Try again; if it stays, look at the host and at proxies on the way.',
  'recording-mismatch':
    'Give the same prompt, --system and --tools as when it was recorded, or record the run again.',
};

/** Says on stderr what went wrong and what to do. */
export function reportError(error: unknown): void {
  process.stderr.write(printable(`perigee: ${describeError(error)}\n`));
}

/** What went wrong and what to do, as it is said to people. */
export function describeError(error: unknown): string {
  if (error instanceof PerigeeError) {
    const remedy = (Object.hasOwn(REMEDIES, error.code) && REMEDIES[error.code]) || error.remedy;
    // A list of problems begins on a line of its own.
    const advice = remedy === undefined || remedy.startsWith('\n') ? (remedy ?? '') : `\n  ${remedy}`;
    return `${error.message} (${error.code})${advice}`;
  }
  if (error instanceof UsageError || isSystemError(error)) return error.message;
  // Anything else is a defect of ours: the stack is what a report needs.
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `internal error, please report it:\n${stack}`;
}

/** Why a file cannot be read, in words. */
export function unreadable(file: string, error: unknown): UsageError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why: Record<string, string> = {
    ENOENT: 'there is no such file',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is not a folder',
    EACCES: 'it may not be read',
  };
  return new UsageError(`cannot read ${file}: ${(code !== undefined && why[code]) || message}.`);
}

export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}
