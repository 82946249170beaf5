import { unwatchFile, watch, watchFile } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Milliseconds after which a change is noticed that the system does not tell of. */
const POLL_MS = 2000;

/**
 * Calls `changed` when a file may have changed, also one that editors replace, that is a link, or that is mounted
 * from elsewhere. It may call too often, never too seldom. Returns what ends it. Does not keep the process alive.
 */
export function watchForChanges(file: string, changed: () => void): () => void {
  const path = resolve(file);
  // Its folder: the file itself may be another one after an editor saved it, and links are exchanged beside it.
  const watcher = watchFolder(dirname(path), changed);
  watchFile(path, { interval: POLL_MS, persistent: false }, changed);
  return () => {
    watcher?.close();
    unwatchFile(path, changed);
  };
}

function watchFolder(folder: string, changed: () => void): { close(): void } | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    // Looking at the file from time to time is enough where the system cannot tell, or has no watches left.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
