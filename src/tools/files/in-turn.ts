const LAST = new Map<string, Promise<unknown>>();

/** Does `work` when all that was asked for earlier under this key is done, however that went. */
export async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const before = LAST.get(key);
  const doing = before ? before.then(work, work) : work();
  LAST.set(key, doing);
  try {
    return await doing;
  } finally {
    if (LAST.get(key) === doing) LAST.delete(key);
  }
}
