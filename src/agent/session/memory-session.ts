import { PerigeeError, type QueuedMessage, type Session } from '../../core/index.ts';

/** The session of a run that nobody wants to go on with: nothing outlives the process, nothing is written down. */
export function memorySession(): Session {
  const queued: QueuedMessage[] = [];
  const delivered = new Map<string, unknown>();
  const waiting = new Map<string, (value: unknown) => void>();
  const rejects = new Set<(error: unknown) => void>();
  return {
    name: '',
    step: (_name, work) => work(),
    wait<T>(name: string): Promise<T> {
      if (delivered.has(name)) return Promise.resolve(delivered.get(name) as T);
      return new Promise<T>((resolve, reject) => {
        rejects.add(reject);
        waiting.set(name, (value) => {
          rejects.delete(reject);
          resolve(value as T);
        });
      });
    },
    records: () => [],
    queued: async (from) => (from >= queued.length ? NONE : queued.slice(from)),
    async queue(message) {
      queued.push(message);
    },
    async deliver(name, value) {
      if (delivered.has(name)) return { first: false };
      delivered.set(name, value);
      waiting.get(name)?.(value);
      waiting.delete(name);
      return { first: true };
    },
    async close() {
      for (const reject of rejects) reject(new PerigeeError('aborted', 'The session was closed.'));
      rejects.clear();
    },
  };
}

/** Whether nothing of a session is on record. */
export function isMemorySession({ name }: Session): boolean {
  return name === '';
}

const NONE: readonly QueuedMessage[] = [];
