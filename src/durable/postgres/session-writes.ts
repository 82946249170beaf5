import { PerigeeError } from '../../core/index.ts';
import { type Tally, tallied } from '../tally.ts';
import { EventBuffer } from './event-buffer.ts';
import type { Portion, RecordDraft } from './write-statement.ts';

/** Of one session at once. */
const MOST_RECORDS = 200;
const MOST_EVENTS = 1_000;
const MOST_CHARACTERS = 8_000_000;

interface Waiting {
  readonly name: string;
  readonly text: string;
  readonly value: unknown;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface SessionHead {
  readonly id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly event: number;
  readonly tally: Tally;
}

/** What is to be written of one open session, and where it stands. */
export class SessionWrites {
  readonly id: string;
  readonly name: string;
  readonly epoch: number;
  readonly events: EventBuffer;
  /** The number of the last record in the database. */
  seq: number;
  tally: Tally;
  /** A portion is on its way. */
  isUnderWay = false;
  /** A portion that may or may not have been written, since the database was away for too long. */
  doubtful: Portion | undefined;
  readonly #records: Waiting[] = [];
  readonly #onRecorded: (name: string, seq: number) => void;
  readonly #lost = new AbortController();
  #underWay: readonly Waiting[] = [];
  #idle: (() => void)[] = [];

  constructor(name: string, head: SessionHead, onRecorded: (name: string, seq: number) => void) {
    this.id = head.id;
    this.name = name;
    this.epoch = head.epoch;
    this.seq = head.seq;
    this.tally = head.tally;
    this.events = new EventBuffer(head.event);
    this.#onRecorded = onRecorded;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get hasRecords(): boolean {
    return this.#records.length > 0;
  }

  get isIdle(): boolean {
    return !this.isUnderWay && !this.hasRecords && this.events.isEmpty;
  }

  /** Done when it is on the disk of the database. */
  record(name: string, text: string, value: unknown): Promise<void> {
    if (this.lost.aborted) return Promise.reject(this.lost.reason);
    return new Promise((resolve, reject) => this.#records.push({ name, text, value, resolve, reject }));
  }

  /** The next portion; undefined when there is nothing to write. */
  take(): Portion | undefined {
    const records = this.#takeRecords();
    const events = this.events.take(MOST_EVENTS);
    if (records.length === 0 && events.length === 0) return undefined;
    this.#underWay = records;
    this.isUnderWay = true;
    const at = Date.now();
    const drafts: RecordDraft[] = records.map(({ name, text }, place) => ({
      seq: this.seq + 1 + place,
      at,
      name,
      text,
    }));
    const tally = records.reduce((sum, { name, value }) => tallied(sum, name, at, value), this.tally);
    return {
      session: this.id,
      epoch: this.epoch,
      before: { seq: this.seq, event: this.events.last },
      after: { seq: this.seq + records.length, event: events.at(-1)?.number ?? this.events.last },
      records: drafts,
      events,
      tally: records.length > 0 ? tally : undefined,
    };
  }

  #takeRecords(): Waiting[] {
    let count = 0;
    let characters = 0;
    while (count < this.#records.length && count < MOST_RECORDS) {
      characters += this.#records[count]!.text.length;
      if (count > 0 && characters > MOST_CHARACTERS) break;
      count++;
    }
    return this.#records.splice(0, count);
  }

  /** The portion that is under way is in the database. */
  written(portion: Portion, isSynced: boolean): void {
    this.seq = portion.after.seq;
    this.tally = portion.tally ?? this.tally;
    this.events.written(portion.events, isSynced);
    this.doubtful = undefined;
    for (const { seq, name } of portion.records) this.#onRecorded(name, seq);
    for (const { resolve } of this.#underWay) resolve();
    this.#over();
  }

  /** Whether the portion that is under way was written is not known. */
  failed(portion: Portion, error: unknown): void {
    this.doubtful = portion;
    for (const { reject } of this.#underWay) reject(error);
    this.#over();
  }

  /** The portion that was in doubt was not written. */
  notWritten(): void {
    if (this.doubtful) this.events.putBack(this.doubtful.events);
    this.doubtful = undefined;
  }

  /** The database refuses what was to be written. */
  refused(portion: Portion, error: unknown): void {
    this.events.putBack(portion.records.length > 0 ? portion.events : []);
    for (const { reject } of this.#underWay) reject(error);
    this.#over();
  }

  /** Somebody else has it now. */
  lose(error: PerigeeError = takenOver(this.name)): void {
    if (!this.lost.aborted) this.#lost.abort(error);
    for (const { reject } of [...this.#underWay, ...this.#records.splice(0)]) reject(this.lost.reason);
    this.events.clear();
    this.doubtful = undefined;
    this.#over();
  }

  /** Resolves when nothing is under way or waits to be written, or it failed. */
  whenIdle(): Promise<void> {
    return this.isIdle ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Lets those go who wait until all is written: it cannot be. */
  stopWaiting(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #over(): void {
    this.#underWay = [];
    this.isUnderWay = false;
    if (this.isIdle || this.doubtful) this.stopWaiting();
  }
}

/** The error for a session that another process has taken over. */
export function takenOver(name: string): PerigeeError {
  return new PerigeeError('session-lost', `Session "${name}" was taken over by another process.`, {
    remedy: 'It goes on there. This process was out of reach of the database for too long.',
  });
}
