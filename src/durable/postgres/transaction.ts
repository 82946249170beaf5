import { isTimeout } from './database-error.ts';

/** Whatever statements are sent over, each after the other. */
interface Asked {
  query(text: string): Promise<unknown>;
}

/** Does all of `work` or nothing. `begin`: what it begins with. */
export async function inTransaction<C extends Asked, T>(
  client: C,
  work: (client: C) => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  await client.query(begin);
  try {
    const value = await work(client);
    await client.query('COMMIT');
    return value;
  } catch (error) {
    // One that does not answer is given up with its connection; this would wait for ever behind it.
    if (!isTimeout(error)) await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}
