import { setTimeout as delay } from 'node:timers/promises';
import type { Client, QueryResultRow } from 'pg';
import { PerigeeError } from '../../core/index.ts';
import { connectionConfig } from './database.ts';
import { databaseError } from './database-error.ts';
import { loadPg } from './load-pg.ts';

/** Milliseconds until another try to connect: at first; each takes twice as long as the one before. */
const FIRST_AGAIN_MS = 100;
/** Milliseconds for which a question waits for a connection. */
const CONNECT_MS = 10_000;
/** Milliseconds that the end of a connection is waited for. */
const END_MS = 1000;

export interface LastingConnectionOptions {
  readonly databaseUrl: string;
  /** The database, without a password. */
  readonly where: string;
  /** What each connection begins with, as `LISTEN`. */
  readonly greeting: string;
  /** Milliseconds between two questions whether the connection lives. */
  readonly beatMs: number;
  /** Milliseconds in which a question is answered, or its connection is none. */
  readonly answerMs: number;
  /** Milliseconds between two tries to connect, at most. */
  readonly againMs: number;
  /** Is called with what others notify. */
  readonly heard: (payload: string) => void;
}

/**
 * One connection that lasts: it is asked whether it lives, and made anew when it dies. Whoever listens on it is called then, since
 * something may have been missed. There is one from the first question on, or from `open`.
 */
export class LastingConnection {
  readonly #options: LastingConnectionOptions;
  readonly #onConnect = new Set<() => void>();
  readonly #end = new AbortController();
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;
  #beat: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #holds = 0;
  /** Counts connections: what was seen over one says nothing when there is another. */
  generation = 0;

  constructor(options: LastingConnectionOptions) {
    this.#options = options;
  }

  get isConnected(): boolean {
    return this.#client !== undefined;
  }

  /** Resolves when there is a connection. Throws `database-unreachable` when there is none for ten seconds. */
  async open(): Promise<void> {
    await this.#connected();
  }

  /** Calls `listener` at each connection that is made, the first one too. */
  onConnect(listener: () => void): void {
    this.#onConnect.add(listener);
  }

  /**
   * Asks over this connection, one question after the other. Throws `database-unreachable` when there is none for ten seconds.
   *
   * @internal Its types are those of the driver, which not everybody installs.
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
      const question = { text, values, query_timeout: this.#options.answerMs };
      return (await client.query<R>(question)).rows;
    } catch (error) {
      const failure = databaseError(error, this.#options.where);
      if (failure.code === 'database-unreachable') this.#gone(client);
      throw failure;
    } finally {
      this.#letGo();
    }
  }

  /** Keeps the process alive until what is returned is called. */
  hold(): () => void {
    this.#hold(this.#client);
    return () => this.#letGo();
  }

  /** Ends the connection, and what hangs on it. Done when the server has heard of it, or does not answer. */
  async end(): Promise<void> {
    this.#end.abort();
    clearInterval(this.#beat);
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    // The process must not end before.
    ref(client);
    const late = new AbortController();
    await Promise.race([
      client.end().catch(() => {}),
      delay(END_MS, undefined, { signal: late.signal }).catch(() => {}),
    ]);
    late.abort();
    destroy(client);
  }

  async #connected(): Promise<Client> {
    if (this.#client) return this.#client;
    if (this.#end.signal.aborted) throw new PerigeeError('aborted', 'The connection was closed.');
    this.#beat ??= setInterval(() => this.#look(), this.#options.beatMs).unref();
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
    throw failure ?? databaseError({ code: 'ETIMEDOUT', message: 'no connection' }, this.#options.where);
  }

  /** Asks whether it lives; also for one that could not be had by trying, such as of a user who is let in again. */
  #look(): void {
    const alive = this.#client ? this.query('SELECT 1') : this.#connected();
    alive.catch(() => {});
  }

  /** Until there is a connection, or one cannot be had by trying. */
  async #connect(): Promise<void> {
    const { databaseUrl, where, againMs } = this.#options;
    const { signal } = this.#end;
    const { Client } = await loadPg();
    for (let waitMs = FIRST_AGAIN_MS; !signal.aborted; waitMs *= 2) {
      const client = new Client(connectionConfig(databaseUrl) as ConstructorParameters<typeof Client>[0]);
      client.on('error', () => this.#gone(client));
      client.on('end', () => this.#gone(client));
      client.on('notification', ({ payload }) => this.#options.heard(payload ?? ''));
      try {
        await client.connect();
        await client.query(this.#options.greeting);
        if (signal.aborted) return void (await client.end());
        return this.#begun(client);
      } catch (error) {
        client.end().catch(() => {});
        const failure = databaseError(error, where);
        if (failure.retryable !== true) throw failure;
      }
      await delay(Math.min(waitMs, againMs), undefined, { signal }).catch(() => {});
    }
  }

  #begun(client: Client): void {
    this.#client = client;
    this.generation++;
    if (this.#holds === 0) unref(client);
    for (const listener of this.#onConnect) listener();
  }

  #gone(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    // It may hang for ever: then nobody waits for its goodbye.
    destroy(client);
    if (!this.#end.signal.aborted) void this.#connected().catch(() => {});
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

function destroy(client: Client): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}
