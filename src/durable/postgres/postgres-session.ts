import type { OpenedSession } from '../sessions.ts';

/** A session in Postgres that is open for writing here. */
export interface PostgresSession extends OpenedSession {
  /**
   * Tells whoever watches what goes on. Kept beside the records, numbered from 1; pieces of text in a row become one. It
   * returns at once: what was told in the last tenth of a second before the process dies may be missing.
   */
  emit(event: unknown): void;
  /** Fires when another process took the session over, since this one was taken for dead. Nothing is recorded any more. */
  readonly lost: AbortSignal;
  /** Whether the database can be reached now. While it cannot, what is to be recorded waits. */
  readonly isConnected: boolean;
  /** Of its row. Another session may go by its name when it was removed. */
  readonly id: string;
  /** Counts those who had the session. What is done in the name of an earlier one is void. */
  readonly epoch: number;
  /** How many times in a row it was opened before and neither closed nor was anything new recorded: whoever had it died. */
  readonly abandoned: number;
}

/** An event as it was told, and its place. */
export interface NumberedEvent {
  /** Counted from 1, without gaps. */
  readonly number: number;
  readonly event: unknown;
}
