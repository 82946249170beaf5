import { type JournalRecord, PerigeeError, type QueuedMessage, type Session } from '../../src/core/index.ts';
import { settle } from './fixtures.ts';

/** What a session has written down: what is left of it when its process dies. */
export interface Tape {
  readonly records: JournalRecord[];
  readonly queued: QueuedMessage[];
  readonly delivered: Map<string, unknown>;
  /** For each record, which step of its run it was when it was begun. */
  readonly places: Map<string, number>;
}

export function newTape(): Tape {
  return { records: [], queued: [], delivered: new Map(), places: new Map() };
}

/** The tape as it was after so many records. */
export function cutTape(tape: Tape, records: number): Tape {
  const kept = tape.records.slice(0, records);
  return {
    records: kept,
    queued: [...tape.queued],
    delivered: new Map(tape.delivered),
    places: new Map(kept.map(({ name }) => [name, tape.places.get(name)!])),
  };
}

/** The tape as another process finds it: what was intended was intended elsewhere. */
export function inOtherProcess(tape: Tape): Tape {
  const records = tape.records.map((record) => {
    if (!/\/begin(-\d+)?$/.test(record.name)) return record;
    const intent = { id: crypto.randomUUID(), process: 'of the dead' };
    return { ...record, value: { ...(record.value as object), ...intent } };
  });
  return { ...cutTape(tape, tape.records.length), records };
}

export interface TapeSession extends Session {
  /** Resolves when something was asked of the session after its process had died. */
  readonly died: Promise<void>;
  /** How often a step or a wait of each name was asked for. */
  readonly asked: readonly string[];
  /** Records that this session wrote. */
  readonly written: number;
}

export interface SessionFaults {
  /** The number of records on the tape with which the process is gone: nothing comes back from the session any more. */
  readonly diesAfter?: number;
  /** What is thrown instead of writing this record, after its work was done. */
  readonly unwritable?: (name: string) => boolean;
  /** The code has changed since: steps may begin in another order, as an embedded session allows. */
  readonly anyOrder?: boolean;
  /** Is told of each record when it is written. */
  readonly onRecord?: (name: string) => void;
}

/**
 * A session on a tape. It holds a run to what engines such as DBOS hold it to: a step that is on record must be begun in
 * the same place of its run in every replay, and a record must be plain JSON.
 */
export function sessionOn(
  tape: Tape,
  { diesAfter = Number.POSITIVE_INFINITY, unwritable, onRecord, anyOrder = false }: SessionFaults = {},
): TapeSession {
  const underWay = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, { resolve: () => void; reject: (error: unknown) => void }[]>();
  const placed = new Map<string, number>();
  const asked: string[] = [];
  let written = 0;
  let closed = false;
  let die: () => void = () => {};
  const died = new Promise<void>((resolve) => {
    die = resolve;
  });
  const dead = () => tape.records.length >= diesAfter;
  const never = (): Promise<never> => {
    die();
    return new Promise<never>(() => {});
  };
  const mustBeOpen = () => {
    if (closed) throw new PerigeeError('aborted', 'The session was closed.');
  };
  const recorded = (name: string) => tape.records.find((entry) => entry.name === name);

  /** Which step of its run this is; throws when it was another one on record. */
  const place = (name: string): number => {
    const run = name.split('/')[0]!;
    const at = placed.get(run) ?? 0;
    placed.set(run, at + 1);
    for (const [other, place] of anyOrder ? [] : tape.places) {
      const isSame = other === name;
      const isThere = place === at && other.split('/')[0] === run;
      if (isSame !== isThere) {
        throw new Error(`Step ${at} of ${run} is ${name}, but ${other} is on record as step ${place}.`);
      }
    }
    return at;
  };

  const once = async <T>(name: string, at: number, work: () => Promise<T>): Promise<T> => {
    const known = recorded(name);
    if (known) return structuredClone(known.value) as T;
    if (dead()) return never();
    const text = JSON.stringify((await work()) ?? null);
    if (dead()) return never();
    mustBeOpen();
    if (unwritable?.(name)) throw new PerigeeError('session-unwritable', `${name} cannot be written.`);
    tape.records.push({ seq: tape.records.length + 1, at: 0, name, value: JSON.parse(text) });
    tape.places.set(name, at);
    written++;
    onRecord?.(name);
    return JSON.parse(text) as T;
  };

  const begin = <T>(name: string, work: () => Promise<T>, before?: () => Promise<void>): Promise<T> => {
    const known = underWay.get(name) as Promise<T> | undefined;
    if (known) return known;
    asked.push(name);
    const doing = (async () => {
      mustBeOpen();
      const at = place(name);
      await before?.();
      return once(name, at, work);
    })().finally(() => underWay.delete(name));
    underWay.set(name, doing);
    return doing;
  };

  const delivery = (name: string): Promise<void> =>
    new Promise((resolve, reject) => waiting.set(name, [...(waiting.get(name) ?? []), { resolve, reject }]));

  return {
    name: 'tape',
    died,
    asked,
    get written() {
      return written;
    },
    step: (name, work) => begin(name, work),
    wait<T>(name: string): Promise<T> {
      return begin(
        name,
        async () => tape.delivered.get(name) as T,
        async () => {
          if (!recorded(name) && !tape.delivered.has(name)) await delivery(name);
        },
      );
    },
    records: () => [...tape.records],
    queued: async (from) => tape.queued.slice(from),
    async queue(message) {
      if (dead()) await never();
      mustBeOpen();
      tape.queued.push(structuredClone(message));
    },
    async deliver(name, value) {
      mustBeOpen();
      if (tape.delivered.has(name)) return { first: false };
      tape.delivered.set(name, value);
      for (const { resolve } of waiting.get(name) ?? []) resolve();
      waiting.delete(name);
      return { first: true };
    },
    async close() {
      closed = true;
      for (const { reject } of [...waiting.values()].flat()) {
        reject(new PerigeeError('aborted', 'The session was closed.'));
      }
      waiting.clear();
    },
  };
}

/** A store with one session on a tape, which is closed by whoever opened it. */
export function storeOf(tape: Tape) {
  const opened: TapeSession[] = [];
  return {
    opened,
    async open(): Promise<TapeSession> {
      const session = sessionOn(tape);
      opened.push(session);
      return session;
    },
  };
}

/** Waits until a run is over or its process has died, and lets what is under way there come to rest. */
export async function overOrDead<T>(
  run: PromiseLike<T>,
  session: TapeSession,
): Promise<{ readonly result: T } | undefined> {
  const over = Promise.resolve(run).then((result) => ({ result }));
  const came = await Promise.race([over, session.died.then(() => undefined)]);
  await settle();
  return came;
}
