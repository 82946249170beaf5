import type { Message } from './message.ts';

/**
 * What lasts: everything that a run does to the world goes through `step` or `wait`, so that the same loop runs in
 * memory, on an embedded database and on a distributed engine. Names are unique in a session and the same in every
 * replay; what is recorded must be plain JSON.
 */
export interface Durable {
  /**
   * Does `work` and records what it gives, or returns what is on record under this name. Recorded means on the disk:
   * when this resolves, it is never done again. Of the work in flight when the process dies nothing is recorded, so it
   * is done again (`once` is for what must not be). What `work` throws is thrown on and not recorded.
   */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  /**
   * The value that was or will be delivered under this name from outside (an approval), however long that takes and in
   * whatever process. Recorded like a step.
   */
  wait<T>(name: string): Promise<T>;
}

/** One record of a session, as it was written. Records are only ever added. */
export interface JournalRecord {
  /** The position in the session, counted from 1. */
  readonly seq: number;
  /** When it was written, in milliseconds since 1970. */
  readonly at: number;
  /** The name of the step, as in `run-0/step-12/call-3`. */
  readonly name: string;
  readonly value: unknown;
}

/** A message that somebody put in line while a run was going on. */
export interface QueuedMessage {
  /** `now`: before the next turn; `after`: when the model has answered and would end the run. */
  readonly when: 'now' | 'after';
  readonly message: Message;
}

/** A conversation that outlives the process that works on it. It has one writer at a time: whoever opened it. */
export interface Session extends Durable {
  readonly name: string;
  /** All records so far, oldest first. */
  records(): Iterable<JournalRecord> | AsyncIterable<JournalRecord>;
  /** The messages that were put in line, oldest first, from the `from`th on, counted from 0. They are never removed. */
  queued(from: number): Promise<readonly QueuedMessage[]>;
  /** Puts a message in line. When this resolves it cannot be lost. */
  queue(message: QueuedMessage): Promise<void>;
  /** Delivers the value that somebody waits for under this name. The first one counts; later ones are told so. */
  deliver(name: string, value: unknown): Promise<{ readonly first: boolean }>;
  /** Lets another writer in. What is waited for is thrown as `aborted`. */
  close(): Promise<void>;
}

/** Where sessions are kept. */
export interface SessionStore {
  /**
   * Opens a session for writing, a new one if there is none of this name. Throws a `PerigeeError` with code
   * `session-busy` that says who holds it when somebody else does.
   */
  open(name: string): Promise<Session>;
}
