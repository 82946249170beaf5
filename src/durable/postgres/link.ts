import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, QueryResultRow } from 'pg';
import { PerigeeError } from '../../core/index.ts';
import { connectionConfig } from './database.ts';
import { databaseError } from './database-error.ts';
import { loadPg } from './load-pg.ts';

/** Milliseconds between two questions whether the connection lives, and in which it must answer one. */
const BEAT_MS = 2_000;
const ANSWER_MS = 6_000;
/** Milliseconds between two tries to connect. Shorter than the time in which a process is taken for dead. */
const AGAIN_MS = 150;
/** Milliseconds for which a question waits for a connection. */
const CONNECT_MS = 10_000;

/** Short keepalives, so that the server frees the lock of a machine that is gone. A Unix socket has none. */
const KEEPALIVES =
  'SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3';

/** What a process tells the others: that there is something for the owner of a session, or something new of it. */
export type Wake = 'in' | 'out';

/**
 * The one connection of a process that lasts: its lock hangs on it, and what others tell comes over it. When it dies it is
 * made anew, and everybody who listens is called, since they may have missed something.
 */
export class Link {
  /** Of the channel on which processes tell each other what is new. */
  readonly channel: string;
  readonly #url: string;
  readonly #where: string;
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #onConnect = new Set<() => void>();
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;
  #beat: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #holds = 0;
  #closed = false;
  /** What the server calls the connections of this process by, the one that there is and those that died. */
  readonly token = `perigee-${randomBytes(8).toString('hex')}`;
  /** Counts connections: what was seen over one says nothing when there is another. */
  generation = 0;

  constructor(databaseUrl: string, schema: string, where: string) {
    this.#url = databaseUrl;
    this.#where = where;
    this.channel = `${schema.replaceAll('"', '')}_sessions`;
  }

  /**
   * Asks over this connection, one question after the other. Throws `database-unreachable` when there is none for ten seconds.
   */
  query<R extends QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> {
    const asked = this.#turn.then(() => this.#ask<R>(text, values));
    this.#turn = asked.catch(() => {});
    return asked;
  }

  async #ask<R extends QueryResultRow>(text: string, values: unknown[]): Promise<R[]> {
    const client = await this.#connected();
    this.#hold(client);
    try {
      // A connection that does not answer is none, whatever the network says.
      const question = { text, values, query_timeout: ANSWER_MS };
      return (await client.query<R>(question)).rows;
    } catch (error) {
      const failure = databaseError(error, this.#where);
      if (failure.code === 'database-unreachable') this.#gone(client);
      throw failure;
    } finally {
      this.#letGo();
    }
  }

  get isConnected(): boolean {
    return this.#client !== undefined;
  }

  /** Calls `listener` at each connection that is made anew. */
  onReconnect(listener: () => void): void {
    this.#onConnect.add(listener);
  }

  /** Calls `listener` when something is told about a session, and when it may have been. Returns what ends it. */
  listen(wake: Wake, session: string, listener: () => void): () => void {
    const key = `${wake} ${session}`;
    const all = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, all.add(listener));
    void this.#connected().catch(() => {});
    return () => {
      all.delete(listener);
      if (all.size === 0 && this.#listeners.get(key) === all) this.#listeners.delete(key);
    };
  }

  /** Keeps the process alive until what is returned is called. */
  hold(): () => void {
    this.#hold(this.#client);
    return () => this.#letGo();
  }

  /** Ends the connection, and with it the lock. Done when the server has heard of it. */
  async end(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#beat);
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    // The process must not end before.
    ref(client);
    await client.end().catch(() => {});
  }

  async #connected(): Promise<Client> {
    if (this.#client) return this.#client;
    if (this.#closed) throw new PerigeeError('aborted', 'The sessions were closed.');
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    const patience = new AbortController();
    let failure: unknown;
    await Promise.race([
      this.#connecting.catch((error: unknown) => {
        failure = error;
      }),
      delay(CONNECT_MS, undefined, { signal: patience.signal }).catch(() => {}),
    ]);
    patience.abort();
    if (this.#client) return this.#client;
    throw failure ?? databaseError({ code: 'ETIMEDOUT', message: 'no connection' }, this.#where);
  }

  /** Until there is a connection, or one cannot be had by trying. */
  async #connect(): Promise<void> {
    const { Client } = await loadPg();
    while (!this.#closed) {
      const client = new Client(connectionConfig(this.#url) as ConstructorParameters<typeof Client>[0]);
      client.on('error', () => this.#gone(client));
      client.on('end', () => this.#gone(client));
      client.on('notification', ({ payload }) => this.#told(payload ?? ''));
      try {
        await client.connect();
        await client.query(`${KEEPALIVES}; SET application_name = '${this.token}'; LISTEN "${this.channel}"`);
        if (this.#closed) return void (await client.end());
        this.#begun(client);
        return;
      } catch (error) {
        client.end().catch(() => {});
        const failure = databaseError(error, this.#where);
        if (failure.retryable !== true) throw failure;
      }
      await delay(AGAIN_MS);
    }
  }

  #begun(client: Client): void {
    this.#client = client;
    this.generation++;
    if (this.#holds === 0) unref(client);
    this.#beat ??= setInterval(() => {
      if (this.#client) void this.query('SELECT 1').catch(() => {});
    }, BEAT_MS).unref();
    if (this.generation > 1) for (const listener of this.#onConnect) listener();
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener();
  }

  #gone(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    // It may hang for ever: then nobody waits for its goodbye.
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    if (!this.#closed) void this.#connected().catch(() => {});
  }

  #told(payload: string): void {
    const [wake = '', sessions = ''] = payload.split(' ');
    for (const session of sessions.split(',')) {
      for (const listener of this.#listeners.get(`${wake} ${session}`) ?? []) listener();
    }
  }

  #hold(client: Client | undefined): void {
    if (this.#holds++ === 0 && client) ref(client);
  }

  #letGo(): void {
    if (--this.#holds === 0 && this.#client) unref(this.#client);
  }
}

/** An open connection alone does not keep a process alive. */
function unref(client: Client): void {
  (client as unknown as { unref(): void }).unref();
}

function ref(client: Client): void {
  (client as unknown as { ref(): void }).ref();
}
