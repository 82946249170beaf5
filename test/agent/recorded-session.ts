import { type JournalRecord, PerigeeError, type QueuedMessage, type Session } from '../../src/core/index.ts';

/** What a session has written down: what is left of it when its process dies. */
export interface Tape {
  readonly records: JournalRecord[];
  readonly queued: QueuedMessage[];
  readonly delivered: Map<string, unknown>;
}

export function newTape(): Tape {
  return { records: [], queued: [], delivered: new Map() };
}

/**
 * A session on a tape. `diesAfter`: the record after which the process is gone: nothing more is recorded, and whatever
 * asks for it never comes back.
 */
export function sessionOn(tape: Tape, diesAfter = Number.POSITIVE_INFINITY): Session {
  const underWay = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, ((value: unknown) => void)[]>();
  const dead = () => tape.records.length >= diesAfter;
  const never = () => new Promise<never>(() => {});
  const record = (name: string, value: unknown): void => {
    tape.records.push({ seq: tape.records.length + 1, at: 0, name, value: structuredClone(value ?? null) });
  };
  const recorded = (name: string) => tape.records.find((entry) => entry.name === name);
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const known = recorded(name);
    if (known) return structuredClone(known.value) as T;
    if (dead()) return never();
    const value = JSON.parse(JSON.stringify((await work()) ?? null)) as T;
    if (dead()) return never();
    record(name, value);
    return value;
  };
  return {
    name: 'tape',
    step<T>(name: string, work: () => Promise<T>): Promise<T> {
      const known = underWay.get(name) as Promise<T> | undefined;
      if (known) return known;
      const doing = step(name, work).finally(() => underWay.delete(name));
      underWay.set(name, doing);
      return doing;
    },
    async wait<T>(name: string): Promise<T> {
      if (!recorded(name) && !tape.delivered.has(name)) {
        await new Promise((resolve) => waiting.set(name, [...(waiting.get(name) ?? []), resolve]));
      }
      return step(name, async () => tape.delivered.get(name) as T);
    },
    records: () => [...tape.records],
    queued: async (from) => tape.queued.slice(from),
    async queue(message) {
      if (dead()) await never();
      tape.queued.push(message);
    },
    async deliver(name, value) {
      if (tape.delivered.has(name)) return { first: false };
      tape.delivered.set(name, value);
      for (const resolve of waiting.get(name) ?? []) resolve(value);
      return { first: true };
    },
    async close() {
      if (waiting.size > 1e9) throw new PerigeeError('aborted', 'closed');
    },
  };
}
