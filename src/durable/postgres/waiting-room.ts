/** Milliseconds for which others wait with a try: a database that answers has answered by then. */
const YOUNG_MS = 300;
/** Milliseconds after which another try may begin beside one that is not answered. */
const NEXT_TRY_MS = 2000;

export interface WaitingRoomOptions {
  /** Questions at the same time; a pool of connections has some left for others then. */
  readonly lanes: number;
  /** Whether a failure says that the database is away, for all questions. */
  readonly isAway: (error: unknown) => boolean;
  /** Is called when it goes away, and not again until it was back. */
  readonly onAway?: (error: unknown) => void;
  /**
   * Who finds out whether it is back: whoever asks next, while the others wait for a moment what comes of it, or nobody but
   * `tryNow`, so that no question waits for a database that is away.
   */
  readonly tries: 'questions' | 'only-when-told';
  /** Milliseconds for which others wait with a try; default 300. */
  readonly youngMs?: number;
}

/** What was found out when the database went away. */
interface Absence {
  readonly error: unknown;
  /** The question that found it out. */
  readonly found: number;
}

interface Try {
  readonly began: number;
  isYoung: boolean;
}

/**
 * Where questions wait before a database: so many are let in at a time, and hardly any while it is away. Then they fail with what
 * was found out after they came; what was found out before says nothing of now.
 */
export class WaitingRoom {
  readonly #options: WaitingRoomOptions;
  #waiting: (() => void)[] = [];
  #inside = 0;
  /** Numbers questions. */
  #last = 0;
  /** The last question that began before the database came back. */
  #before = 0;
  #absence: Absence | undefined;
  #try: Try | undefined;

  constructor(options: WaitingRoomOptions) {
    this.#options = options;
  }

  get isAway(): boolean {
    return this.#absence !== undefined;
  }

  /** What `work` gives, once there is room. Throws what it throws, or, without having begun, why the database is away. */
  async ask<T>(work: () => Promise<T>): Promise<T> {
    const came = this.#last;
    while (!this.#letsIn(came)) await new Promise<void>((go) => this.#waiting.push(go));
    return this.#absence === undefined ? this.#enter(work) : this.tryNow(work);
  }

  /** The same past all who wait for room. */
  async askFirst<T>(work: () => Promise<T>): Promise<T> {
    if (this.#absence !== undefined) throw this.#absence.error;
    return this.#enter(work);
  }

  /** The same although the database is away: whether it is back. */
  async tryNow<T>(work: () => Promise<T>): Promise<T> {
    const { youngMs = YOUNG_MS } = this.#options;
    const own: Try = { began: performance.now(), isYoung: true };
    this.#try = own;
    const grownUp = setTimeout(() => {
      own.isYoung = false;
      this.#callAll();
    }, youngMs);
    try {
      const value = await this.#enter(work);
      this.#back();
      return value;
    } catch (error) {
      // It has said something.
      if (!this.#options.isAway(error)) this.#back();
      throw error;
    } finally {
      clearTimeout(grownUp);
      if (this.#try === own) this.#try = undefined;
      this.#callAll();
    }
  }

  /** Whether a question may begin; throws where it need not wait any longer. */
  #letsIn(came: number): boolean {
    if (this.#absence === undefined) return this.#inside < this.#options.lanes;
    const { error, found } = this.#absence;
    if (found > came || this.#options.tries === 'only-when-told') throw error;
    if (this.#try === undefined || performance.now() - this.#try.began >= NEXT_TRY_MS) return true;
    if (!this.#try.isYoung) throw error;
    return false;
  }

  async #enter<T>(work: () => Promise<T>): Promise<T> {
    const question = ++this.#last;
    this.#inside++;
    try {
      return await work();
    } catch (error) {
      if (this.#options.isAway(error)) this.#gone({ error, found: question });
      throw error;
    } finally {
      this.#inside--;
      this.#waiting.shift()?.();
    }
  }

  #gone(absence: Absence): void {
    // What was asked before it came back says nothing of how it is now; nor does what was asked before the last failure.
    if (absence.found <= (this.#absence?.found ?? this.#before)) return;
    const isNew = this.#absence === undefined;
    this.#absence = absence;
    if (isNew) this.#options.onAway?.(absence.error);
    this.#callAll();
  }

  #back(): void {
    this.#absence = undefined;
    this.#before = this.#last;
  }

  #callAll(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}
