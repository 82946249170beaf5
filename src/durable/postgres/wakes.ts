import { randomBytes } from 'node:crypto';
import type { Database } from './database.ts';
import { LastingConnection } from './lasting-connection.ts';

/** Milliseconds between two questions whether the connection lives, and in which it must answer one. */
const BEAT_MS = 2_000;
const ANSWER_MS = 6_000;
/** Milliseconds between two tries to connect, at most. Much shorter than the time in which a process is taken for dead. */
const AGAIN_MS = 150;

/** Short keepalives, so that the server frees the lock of a machine that is gone. A Unix socket has none. */
const KEEPALIVES =
  'SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3';

/** What a process tells the others: that there is something for the owner of a session, or something new of it. */
export type Wake = 'in' | 'out';

/** The channel on which processes tell each other so: `in` or `out`, and ids of sessions with commas between. `schema`: quoted. */
export function wakeChannel({ schema }: Pick<Database, 'schema'>): string {
  return `${schema.replaceAll('"', '')}_sessions`;
}

/**
 * Listens for what other processes tell of sessions, over the one connection of a process that lasts, on which its lock hangs too.
 * When that is made anew everybody who listens is called, since they may have missed something.
 */
export class Wakes {
  readonly connection: LastingConnection;
  /** What the server calls the connections of this process by, the one that there is and those that died. */
  readonly token = `perigee-${randomBytes(8).toString('hex')}`;
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(databaseUrl: string, database: Database) {
    this.connection = new LastingConnection({
      databaseUrl,
      where: database.where,
      greeting: `${KEEPALIVES}; SET application_name = '${this.token}'; LISTEN "${wakeChannel(database)}"`,
      beatMs: BEAT_MS,
      answerMs: ANSWER_MS,
      againMs: AGAIN_MS,
      heard: (payload) => this.#told(payload),
    });
    this.connection.onConnect(() => {
      for (const listeners of this.#listeners.values()) for (const listener of listeners) listener();
    });
  }

  /** Calls `listener` when something is told about a session, and when it may have been. Returns what ends it. */
  listen(wake: Wake, session: string, listener: () => void): () => void {
    const key = `${wake} ${session}`;
    const all = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, all.add(listener));
    void this.connection.open().catch(() => {});
    return () => {
      all.delete(listener);
      if (all.size === 0 && this.#listeners.get(key) === all) this.#listeners.delete(key);
    };
  }

  #told(payload: string): void {
    const [wake = '', sessions = ''] = payload.split(' ');
    for (const session of sessions.split(',')) {
      for (const listener of this.#listeners.get(`${wake} ${session}`) ?? []) listener();
    }
  }
}
