import { randomBytes } from 'node:crypto';
import type { Client, Notification } from 'pg';
import { connectionConfig } from '../postgres/database.ts';
import { loadPg } from '../postgres/load-pg.ts';

/** Milliseconds until a lost connection is tried again: the first time, and at most. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
/** Milliseconds between two looks whether the connection is alive, and in which it has to answer. */
const LOOK_MS = 10_000;
/** Milliseconds that the end of a connection is waited for. */
const END_MS = 1000;

/** What one replica tells the others. */
export interface News {
  readonly from: string;
  readonly kind: 'deleted' | 'unclear' | 'upstream';
  readonly keys: readonly string[];
}

/** Hears what other replicas tell, on a connection of its own, which is taken up again whenever it is lost. */
export class Listener {
  readonly #databaseUrl: string;
  readonly #channel: string;
  readonly #heard: (news: News) => void;
  /** Is called whenever it hears from now on, since what was told before then was missed. */
  readonly #listening: () => void;
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;
  #closed = false;
  #failures = 0;

  constructor(
    databaseUrl: string,
    channel: string,
    heard: (news: News) => void,
    listening: () => void = () => {},
  ) {
    this.#databaseUrl = databaseUrl;
    this.#channel = channel;
    this.#heard = heard;
    this.#listening = listening;
  }

  /** Resolves when it hears, or when the first try failed. */
  async start(): Promise<void> {
    const { Client } = await loadPg();
    if (this.#closed) return;
    const client = new Client(connectionConfig(this.#databaseUrl));
    this.#client = client;
    let lost = false;
    const again = () => {
      if (lost) return;
      lost = true;
      clearInterval(this.#look);
      client.end().catch(() => {});
      this.#again();
    };
    client.on('error', again).on('end', again);
    client.on('notification', (notification) => this.#take(notification));
    try {
      await client.connect();
      await client.query(`LISTEN "${this.#channel}"`);
      this.#failures = 0;
      this.#look = setInterval(() => {
        // A connection that was forgotten somewhere on its way says nothing any more, and does not end either.
        const question = { text: 'SELECT 1', query_timeout: LOOK_MS };
        client.query(question).catch(again);
      }, LOOK_MS);
      this.#look.unref();
      this.#listening();
    } catch {
      again();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#look);
    const ended = this.#client?.end().catch(() => {});
    const late = new Promise((resolve) => setTimeout(resolve, END_MS).unref());
    await Promise.race([ended, late]);
  }

  #again(): void {
    if (this.#closed) return;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures++);
    this.#timer = setTimeout(() => void this.start(), wait);
    this.#timer.unref();
  }

  #take({ payload = '' }: Notification): void {
    try {
      this.#heard(JSON.parse(payload) as News);
    } catch {
      // Whoever may notify may send anything.
    }
  }
}

/** How one replica tells the others. */
export interface Tidings {
  readonly replica: string;
  readonly channel: string;
  /** The text of a notification. */
  write(kind: News['kind'], keys: readonly string[]): string;
}

/** `schema` is quoted; quotes stand nowhere in it. */
export function tidingsOf(schema: string): Tidings {
  const replica = randomBytes(9).toString('base64url');
  return {
    replica,
    channel: `perigee_gateway_${schema.replaceAll('"', '')}`,
    write: (kind, keys) => JSON.stringify({ from: replica, kind, keys } satisfies News),
  };
}
