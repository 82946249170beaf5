import { type JournalRecord, PerigeeError, type QueuedMessage } from '../../core/index.ts';
import { Joined } from '../joined.ts';
import { jsonText } from '../json-text.ts';
import { checkRecordName } from '../session-name.ts';
import type { SessionCommand } from '../sqlite/desk.ts';
import { newToken } from '../sqlite/owner.ts';
import type { Database } from './database.ts';
import { depositMessages, depositValue, messagesFrom } from './deposits.ts';
import type { Addressee, Inbox } from './inbox.ts';
import { epochOf } from './ownership.ts';
import { readRecord, recordPage } from './pages.ts';
import { patiently, RUN_PATIENCE_MS } from './patience.ts';
import type { PostgresSession } from './postgres-session.ts';
import type { Recorded } from './recorded.ts';
import type { SessionWrites } from './session-writes.ts';
import type { Wakes } from './wakes.ts';
import type { Writer } from './writer.ts';

/** Milliseconds after which an answer is late: somebody else may have the session by then. */
const LATE_MS = 1_000;

/** What all sessions of a process share. */
export interface Surroundings {
  readonly database: Database;
  readonly wakes: Wakes;
  readonly writer: Writer;
  readonly inbox: Inbox;
}

interface Waiting {
  readonly resolve: (text: string) => void;
  readonly reject: (error: unknown) => void;
}

export class OpenPostgresSession implements PostgresSession, Addressee {
  readonly name: string;
  readonly abandoned: number;
  readonly #around: Surroundings;
  readonly #writes: SessionWrites;
  readonly #recorded: Recorded;
  readonly #release: () => Promise<void>;
  /** Steps and waits that are not over, by name: whoever asks for the same joins. */
  readonly #underWay = new Joined();
  readonly #waiting = new Map<string, Waiting>();
  readonly #handlers = new Set<(command: SessionCommand) => void>();
  readonly #leaveInbox: () => void;
  #closing: Promise<void> | undefined;

  /** `release` lets others in. */
  constructor(
    around: Surroundings,
    writes: SessionWrites,
    recorded: Recorded,
    abandoned: number,
    release: () => Promise<void>,
  ) {
    this.name = writes.name;
    this.abandoned = abandoned;
    this.#around = around;
    this.#writes = writes;
    this.#recorded = recorded;
    this.#release = release;
    this.#leaveInbox = around.inbox.open(this);
    this.lost.addEventListener('abort', () => this.#giveUp(this.lost.reason), { once: true });
  }

  get id(): string {
    return this.#writes.id;
  }

  get epoch(): number {
    return this.#writes.epoch;
  }

  get lost(): AbortSignal {
    return this.#writes.lost;
  }

  get listens(): boolean {
    return this.#handlers.size > 0;
  }

  waitingFor = (): Iterable<string> => this.#waiting.keys();

  step<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#join(name, async () => {
      const text = jsonText(await work(), `What step "${name}" gave`);
      return this.#record<T>(name, text);
    });
  }

  wait<T>(name: string): Promise<T> {
    return this.#join(name, async () => this.#record<T>(name, await this.#delivery(name)));
  }

  async #record<T>(name: string, text: string): Promise<T> {
    this.#mustBeOpen();
    // As it will be read in every replay.
    const value = JSON.parse(text) as T;
    const recorded = this.#writes.record(name, text, value);
    this.#around.writer.write(this.#writes);
    const asked = performance.now();
    await recorded;
    // It was recorded in time; others may have the session since, who hold what follows from it for unknown.
    if (performance.now() - asked > LATE_MS) await this.#mustBeMine();
    return value;
  }

  #join<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#underWay.do(name, () => this.#once(name, work));
  }

  async #once<T>(name: string, work: () => Promise<T>): Promise<T> {
    checkRecordName(name);
    this.#mustBeOpen();
    // Of what could not be written for minutes, it must be known first whether it was.
    if (this.#writes.doubtful) await this.#around.writer.settle(this.#writes);
    const text = await patiently(RUN_PATIENCE_MS, () => this.#recorded.text(name));
    this.#mustBeOpen();
    return text === undefined ? work() : (JSON.parse(text) as T);
  }

  #delivery(name: string): Promise<string> {
    const letGo = this.#around.wakes.connection.hold();
    return new Promise<string>((resolve, reject) => {
      this.#waiting.set(name, { resolve, reject });
      this.#around.inbox.look(this.id);
    }).finally(() => {
      this.#waiting.delete(name);
      letGo();
    });
  }

  delivered(name: string, text: string): void {
    this.#waiting.get(name)?.resolve(text);
  }

  async *records(): AsyncGenerator<JournalRecord> {
    this.#mustBeOpen();
    const last = this.#writes.seq;
    for (let seq = 0; seq < last; ) {
      this.#mustBeOpen();
      const after = seq;
      const page = await patiently(RUN_PATIENCE_MS, () => recordPage(this.#around.database, this.id, after));
      if (page.length === 0) return;
      for (const row of page) {
        seq = row.seq;
        if (seq <= last) yield readRecord(row);
      }
    }
  }

  async queued(from: number): Promise<readonly QueuedMessage[]> {
    this.#mustBeOpen();
    const rows = await patiently(RUN_PATIENCE_MS, () => messagesFrom(this.#around.database, this.id, from));
    return rows.map(({ when, text }) => ({ when, message: JSON.parse(text) }));
  }

  async queue({ when, message }: QueuedMessage): Promise<void> {
    this.#mustBeOpen();
    const { database } = this.#around;
    const queued = [{ key: newToken(), text: jsonText(message, 'A message') }];
    await patiently(RUN_PATIENCE_MS, () =>
      database.transaction((client) => depositMessages(client, database, this.#writes, queued, when)),
    );
  }

  async deliver(name: string, value: unknown): Promise<{ readonly first: boolean }> {
    checkRecordName(name);
    this.#mustBeOpen();
    const delivered = { key: newToken(), name, text: jsonText(value, `What is delivered as "${name}"`) };
    const { database } = this.#around;
    const first = await patiently(RUN_PATIENCE_MS, () =>
      database.transaction((client) => depositValue(client, database, this.#writes, delivered)),
    );
    this.#around.inbox.look(this.id);
    return { first };
  }

  get isConnected(): boolean {
    return this.#around.wakes.connection.isConnected;
  }

  emit(event: unknown): void {
    if (this.#closing || this.lost.aborted) return;
    this.#writes.events.push(event);
    this.#around.writer.tell(this.#writes);
  }

  onCommand(handler: (command: SessionCommand) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  command(command: SessionCommand): void {
    for (const handler of this.#handlers) handler(command);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#giveUp(closedError(this.name));
    if (this.lost.aborted) return this.#release();
    // What was given to be recorded before is recorded, and what was told is told.
    this.#around.writer.write(this.#writes);
    await this.#writes.whenIdle();
    await this.#release();
  }

  #giveUp(reason: unknown): void {
    this.#leaveInbox();
    for (const { reject } of this.#waiting.values()) reject(reason);
  }

  async #mustBeMine(): Promise<void> {
    const found = await patiently(RUN_PATIENCE_MS, () => epochOf(this.#around.database, this.id));
    if (found !== this.epoch) this.#writes.lose();
    if (this.lost.aborted) throw this.lost.reason;
  }

  #mustBeOpen(): void {
    if (this.lost.aborted) throw this.lost.reason;
    if (this.#closing) throw closedError(this.name);
  }
}

function closedError(name: string): PerigeeError {
  return new PerigeeError('aborted', `Session "${name}" was closed.`);
}
