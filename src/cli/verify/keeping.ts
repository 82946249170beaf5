import { PerigeeError } from '../../core/index.ts';

/** Writes what came into a results file. Throws `recording-unwritable`, with what to do, when the disk does not take it. */
export function keeping(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PerigeeError('recording-unwritable', `${path} cannot be written any more: ${reason}`, {
      remedy: `Make room, then start the same command with --results-file ${path}: it goes on where it stopped.`,
    });
  }
}
