/** Something that was written and waits to be sent. */
export interface Unsent {
  /** Sends it. Does not throw. */
  flush(): unknown;
}

let waiting: Unsent[] = [];

/**
 * Sends what was written for many clients in one go, as soon as all that has come in was read. Sent one by one, in between, each
 * write would wake its reader from sleep, which costs more than the write: clients of many slow streams are mostly on this machine
 * or behind one proxy.
 */
export function flushSoon(unsent: Unsent): void {
  if (waiting.push(unsent) === 1) setImmediate(flushAll);
}

function flushAll(): void {
  const all = waiting;
  waiting = [];
  for (const unsent of all) unsent.flush();
}
