/** Does `work` while the process stays, though what it waits for may hold no process: connections to a database do not. */
export async function awake<T>(work: () => Promise<T>): Promise<T> {
  const hold = setInterval(() => {}, 2 ** 30);
  try {
    return await work();
  } finally {
    clearInterval(hold);
  }
}
