import type { JournalRecord, Session, SessionStore } from '../core/index.ts';
import type { ForkPoint } from './fork-point.ts';
import type { ListedSession } from './listed-session.ts';
import type { ReachedSession } from './reached-session.ts';
import type { SessionEntry } from './session-entry.ts';
import type { SessionCommand } from './sqlite/desk.ts';

/** A session that is open for writing here. */
export interface OpenedSession extends Session {
  records(): Iterable<JournalRecord> | AsyncIterable<JournalRecord>;
  /**
   * Calls `handler` when somebody elsewhere asks to pause or to cancel what goes on here. Returns what takes it off again.
   * Without a handler whoever asks is told that nobody listens.
   */
  onCommand(handler: (command: SessionCommand) => void): () => void;
}

/** Sessions, wherever they are kept: on this machine (`sqliteSessions`) or in Postgres (`postgresSessions`). */
export interface Sessions extends SessionStore {
  /** Also throws `invalid-options` for the name, and what keeps the place from being reached or written. */
  open(name: string): Promise<OpenedSession>;
  /** The names of all sessions, in the order of the alphabet. */
  names(): Promise<readonly string[]>;
  /** All sessions with what there is to say of each, in no order. One that cannot be read has its problem instead. */
  summaries(): Promise<readonly ListedSession[]>;
  /** A session to look at and to talk to, whoever works on it. Throws `session-not-found`. */
  reach(name: string): Promise<ReachedSession>;
  /** Makes a session of what `entries` gives, whole or not at all. Throws `invalid-options` where there is one. */
  create(
    name: string,
    entries: AsyncIterable<SessionEntry> | Iterable<SessionEntry>,
    forkedFrom?: string,
  ): Promise<void>;
  /** Copies a session up to a step, by `forkPoint`, also while somebody works on it. */
  fork(name: string, copy: string, at?: string): Promise<ForkPoint>;
  /** How many bytes each of these takes, about. Those that are gone are left out. By name. */
  sizes(names: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * Removes a session for ever. Throws `session-busy` when somebody works on it. `idleSince`, in milliseconds since 1970: also
   * when anything came into it since that moment, or its run is not over.
   */
  remove(name: string, options?: { readonly idleSince?: number }): Promise<void>;
}
