/** Something that was written and waits to be sent. */
export interface Unsent {
  /** Sends it. Does not throw. */
  flush(): unknown;
}

/** So many go out without waiting for more: with a thousand streams, the first would wait until the last was read. */
const MOST_WAITING = 64;

let waiting: Unsent[] = [];
let isPlanned = false;

/**
 * Sends what was written for many clients in one go, as soon as all that has come in was read. Sent one by one, in between, each
 * write would wake its reader from sleep, which costs more than the write: clients of many slow streams are mostly on this machine
 * or behind one proxy.
 */
export function flushSoon(unsent: Unsent): void {
  waiting.push(unsent);
  if (waiting.length >= MOST_WAITING) {
    flushAll();
  } else if (!isPlanned) {
    isPlanned = true;
    setImmediate(flushPlanned);
  }
}

function flushPlanned(): void {
  isPlanned = false;
  flushAll();
}

function flushAll(): void {
  const all = waiting;
  waiting = [];
  for (const unsent of all) unsent.flush();
}
