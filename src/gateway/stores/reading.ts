import { PerigeeError } from '../../core/index.ts';

/** Milliseconds after which a read is given up. */
const READ_MS = 3000;

/** How reads went, since the start. */
export interface ReadCounts {
  found: number;
  absent: number;
  failed: number;
}

/** What a read gives; rejects with what a client may be told, if it fails or takes too long. */
export async function reading<T>(counts: ReadCounts, read: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${READ_MS} ms`)), READ_MS);
  });
  try {
    return await Promise.race([read, late]);
  } catch (error) {
    counts.failed++;
    throw new PerigeeError(
      'database-unreachable',
      'The gateway cannot reach its database now, in which the response may be.',
      {
        remedy: 'Send the request again a little later.',
        status: 503,
        retryable: true,
        retryAfterMs: 1000,
        cause: error,
      },
    );
  } finally {
    clearTimeout(timer);
  }
}
