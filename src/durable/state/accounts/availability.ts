import { WaitingRoom } from '../../postgres/waiting-room.ts';

/** Milliseconds until a database that was away is tried again: at first, and at most. */
const FIRST_TRY_MS = 250;
const LAST_TRY_MS = 2000;

/** Questions at the same time; a pool of connections has some left for others then. */
const LANES = 8;

export interface AvailabilityOptions {
  /** Sees whether the database is there again. */
  readonly probe: () => Promise<unknown>;
  /** Milliseconds after which an answer that does not come counts as none. */
  readonly timeoutMs: number;
  readonly onUp: () => void;
  readonly onDown: (error: unknown) => void;
  /** Is told of what the database would not take of one question: it is there, for all others. */
  readonly onRefused: (error: unknown) => void;
}

/** SQLSTATE classes of what is wrong with the values of a question. */
const OF_VALUES = /^2[23]/;

/**
 * Whether the database can be asked. Once a question failed or was not answered in time nobody else waits for one: it is away
 * until a probe succeeds.
 */
export class Availability {
  readonly #options: AvailabilityOptions;
  readonly #room: WaitingRoom;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AvailabilityOptions) {
    this.#options = options;
    this.#room = new WaitingRoom({
      lanes: LANES,
      isAway: (error) => !isOfValues(error),
      onAway: (error) => this.#down(error),
      tries: 'only-when-told',
    });
  }

  get up(): boolean {
    return !this.#room.isAway;
  }

  /**
   * The answer; undefined where the database is away, which it then is for everybody. More questions than there are lanes wait for
   * one: only what was asked has to be answered in time, so that many requests at once do not look like a database that is away.
   */
  ask<T>(work: () => Promise<T>): Promise<T | undefined> {
    return this.#room.ask(() => this.#inTime(work())).catch((error) => this.#noAnswer(error));
  }

  /** The same, past all who wait for a lane. */
  askFirst<T>(work: () => Promise<T>): Promise<T | undefined> {
    return this.#room.askFirst(() => this.#inTime(work())).catch((error) => this.#noAnswer(error));
  }

  #noAnswer(error: unknown): undefined {
    if (isOfValues(error)) this.#options.onRefused(error);
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    const { timeoutMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const giveUp = () => reject(new Error(`it did not answer in ${timeoutMs} ms`));
      // Where it was this process that had no time, the answer has come already and is read first.
      timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), timeoutMs);
    });
    // What comes when nobody waits for it any more is nobody's error.
    work.catch(() => {});
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }

  #down(error: unknown): void {
    if (this.#closed) return;
    this.#options.onDown(error);
    this.#tryIn(FIRST_TRY_MS);
  }

  #tryIn(milliseconds: number): void {
    // Replicas do not all come back in the same moment.
    this.#timer = setTimeout(() => void this.#try(milliseconds), milliseconds * (0.75 + Math.random() / 2));
    this.#timer.unref();
  }

  async #try(waited: number): Promise<void> {
    await this.#room.tryNow(() => this.#inTime(this.#options.probe())).catch(() => {});
    if (this.#closed) return;
    if (this.up) this.#options.onUp();
    else this.#tryIn(Math.min(LAST_TRY_MS, waited * 2));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

function isOfValues(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? error) as { code?: unknown };
  return typeof code === 'string' && OF_VALUES.test(code);
}
