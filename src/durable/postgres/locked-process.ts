import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { PerigeeError } from '../../core/index.ts';
import type { HeldProcess } from './held-process.ts';
import type { LastingConnection } from './lasting-connection.ts';
import { isPassing } from './patience.ts';

/** The first half of the keys of all locks: of a name, which one process has, and of a duty, which many may have. */
const LOCK = 724;
const DUTY = 725;
/** Milliseconds for which a lock must be seen free over one connection, longer than a live process takes to connect anew. */
const GRACE_MS = 1_500;
/** Milliseconds for which a process tries to get back the lock of a connection that died: its server may not know yet. */
const REGAIN_MS = 20_000;

/** Milliseconds after which it counts no more that a lock was seen free. */
const STALE_MS = 5_000;

/** When a lock was seen free, over the connection that there is. */
interface Seen {
  readonly first: number;
  readonly last: number;
}

/** Looked at, not tried: whoever tries a lock holds it for a moment, and keeps its owner from getting it back. */
const holdersOf = (lock: number) => `
  SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = ${lock} AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND objid = (hashtext($1)::bigint & 4294967295)::oid`;
const LOOK = holdersOf(LOCK);

/** A process by the lock that it holds on a connection that lasts. */
export class LockedProcess implements HeldProcess {
  readonly #connection: LastingConnection;
  readonly #token: string;
  readonly #lost = new AbortController();
  readonly #free = new Map<string, Seen>();
  #name: string;
  #claiming: Promise<void> | undefined;
  #isHeld = false;
  #isReleased = false;
  #duty: string | undefined;

  /**
   * `token`: what the server calls the connections of this process by. `onRegained` is called when the lock is held again after the connection
   * had died.
   */
  constructor(connection: LastingConnection, token: string, onRegained: () => void) {
    this.#connection = connection;
    this.#token = token;
    this.#name = `${hostname().slice(0, 40)}-${process.pid}-${randomBytes(4).toString('hex')}`;
    connection.onConnect(() => {
      this.#free.clear();
      if (this.#isHeld) void this.#regain(onRegained);
    });
  }

  get name(): string {
    return this.#name;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Takes the first of the names that is free. Throws `session-busy` where none is. */
  claim(names: readonly string[] = [this.#name]): Promise<void> {
    this.#claiming ??= this.#claim(names).catch((error: unknown) => {
      this.#claiming = undefined;
      throw error;
    });
    return this.#claiming;
  }

  async #claim(names: readonly string[]): Promise<void> {
    for (const name of names) checkProcessName(name);
    for (const name of names) {
      if (!(await this.#lock(name))) continue;
      this.#name = name;
      return;
    }
    throw new PerigeeError('session-busy', `Another process goes by the name ${names.join(', ')}.`, {
      remedy: 'Give this one another name, or end that one.',
      retryable: true,
    });
  }

  async #lock(name: string): Promise<boolean> {
    const [row] = await this.#connection.query<{ got: boolean }>(
      `SELECT pg_try_advisory_lock(${LOCK}, hashtext($1)) AS got`,
      [name],
    );
    if (row?.got) this.#isHeld = true;
    return row?.got === true;
  }

  async #regain(onRegained: () => void): Promise<void> {
    const { generation } = this.#connection;
    const end = performance.now() + REGAIN_MS;
    while (generation === this.#connection.generation && !this.#isReleased) {
      try {
        if (await this.#lock(this.#name)) {
          if (this.#duty !== undefined) await this.takeUp(this.#duty);
          return onRegained();
        }
        // The server's end of a connection of ours that died, which does not know of it yet, is told; anybody else has the name.
        const holders = await this.#connection.query<{ own: boolean }>(
          `SELECT a.application_name = $2 AS own, CASE WHEN a.application_name = $2 THEN pg_terminate_backend(a.pid) END
           FROM (${LOOK}) l JOIN pg_stat_activity a USING (pid)`,
          [this.#name, this.#token],
        );
        const isOthers = holders.some(({ own }) => !own);
        if (isOthers || performance.now() > end) return this.#lost.abort(goneError(this.#name));
      } catch (error) {
        // With a next connection this begins anew.
        if (isPassing(error) || performance.now() > end) return;
      }
      await delay(200);
    }
  }

  async isDead(process: string): Promise<boolean> {
    if (process === this.#name && !this.#isReleased && !this.lost.aborted) return false;
    for (;;) {
      const { generation } = this.#connection;
      const isHeld = (await this.#connection.query(LOOK, [process])).length > 0;
      if (generation !== this.#connection.generation) continue;
      const now = performance.now();
      const seen = this.#free.get(process);
      if (isHeld) {
        this.#free.delete(process);
        return false;
      }
      const first = seen && now - seen.last < STALE_MS ? seen.first : now;
      this.#free.set(process, { first, last: now });
      const leftMs = first + GRACE_MS - now;
      if (leftMs <= 0) return true;
      await delay(leftMs);
    }
  }

  get isConnected(): boolean {
    return this.#connection.isConnected;
  }

  async takeUp(duty: string): Promise<void> {
    this.#duty = duty;
    await this.#connection.query(`SELECT pg_try_advisory_lock_shared(${DUTY}, hashtext($1))`, [duty]);
  }

  async layDown(): Promise<void> {
    const duty = this.#duty;
    this.#duty = undefined;
    if (duty === undefined || !this.#connection.isConnected) return;
    await this.#connection
      .query(`SELECT pg_advisory_unlock_shared(${DUTY}, hashtext($1))`, [duty])
      .catch(() => {});
  }

  async countOf(duty: string): Promise<number> {
    return (await this.#connection.query(`SELECT DISTINCT pid FROM (${holdersOf(DUTY)}) l`, [duty])).length;
  }

  async release(): Promise<void> {
    this.#isReleased = true;
    // Without a connection there is no lock.
    if (!this.#isHeld || !this.#connection.isConnected) return;
    await this.#connection
      .query(`SELECT pg_advisory_unlock(${LOCK}, hashtext($1))`, [this.#name])
      .catch(() => {});
  }
}

function checkProcessName(name: string): void {
  if (typeof name === 'string' && /^[\x21-\x7e]{1,200}$/.test(name)) return;
  throw new PerigeeError('invalid-options', `A process cannot be named ${JSON.stringify(name)}.`, {
    remedy: 'Use 1 to 200 letters, digits and signs, without spaces.',
  });
}

function goneError(name: string): PerigeeError {
  return new PerigeeError('session-lost', `Another process goes by the name ${name} now.`, {
    remedy: 'Start this one again, with a name of its own.',
  });
}
