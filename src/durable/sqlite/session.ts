import { type JournalRecord, PerigeeError, type QueuedMessage } from '../../core/index.ts';
import { Joined } from '../joined.ts';
import { jsonText } from '../json-text.ts';
import { checkRecordName } from '../session-name.ts';
import type { OpenedSession } from '../sessions.ts';
import { answerFrom, type DeskRequest, type SessionCommand } from './desk.ts';
import { newToken, type OwnerCard, removeCard, type SessionOwner } from './owner.ts';
import type { OwnerServer } from './owner-server.ts';
import { CLOSED_FOR, type SessionFile } from './session-file.ts';

/** A session that is open for writing here. */
export interface SqliteSession extends OpenedSession {
  records(): Iterable<JournalRecord>;
  /**
   * Says for good that the session goes on elsewhere, at `where`: whoever opens it here is told so. It can still be read,
   * copied and removed.
   */
  closeFor(where: string): void;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: PerigeeError) => void;
}

export class OpenSession implements SqliteSession {
  readonly name: string;
  readonly #file: SessionFile;
  /** Steps and waits that are not over, by name: whoever asks for the same joins. */
  readonly #underWay = new Joined();
  readonly #waiting = new Map<string, Waiting>();
  readonly #handlers = new Set<(command: SessionCommand) => void>();
  /** Those who wait for the next record. */
  readonly #followers = new Set<() => void>();
  #atDoor:
    | { readonly server: OwnerServer | undefined; readonly card: OwnerCard; readonly path: string }
    | undefined;
  #closed = false;

  constructor(name: string, file: SessionFile) {
    this.name = name;
    this.#file = file;
  }

  /** Tells who answers for this session, so that `close` can end it. */
  opened(server: OwnerServer | undefined, card: OwnerCard, path: string): void {
    this.#atDoor = { server, card, path };
  }

  step<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#join(name, async () => {
      const text = jsonText(await work(), `What step "${name}" gave`);
      this.#mustBeOpen();
      this.#file.add(name, text);
      this.#recorded();
      // As it will be read in every replay.
      return JSON.parse(text) as T;
    });
  }

  wait<T>(name: string): Promise<T> {
    return this.#join(name, async () => {
      const text = this.#file.deliveredText(name);
      if (text === undefined) return this.#delivery(name) as Promise<T>;
      this.#file.add(name, text);
      this.#recorded();
      return JSON.parse(text) as T;
    });
  }

  #join<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#underWay.do(name, () => this.#once(name, work));
  }

  async #once<T>(name: string, work: () => Promise<T>): Promise<T> {
    checkRecordName(name);
    this.#mustBeOpen();
    const text = this.#file.text(name);
    return text === undefined ? work() : (JSON.parse(text) as T);
  }

  #delivery(name: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(name, { resolve, reject });
      // It comes through this door, so the process must not end for want of other work.
      this.#atDoor?.server?.hold(true);
    });
  }

  *records(): Generator<JournalRecord> {
    this.#mustBeOpen();
    const last = this.#file.lastSeq();
    for (let seq = 0; seq < last; ) {
      this.#mustBeOpen();
      for (const { text, ...row } of this.#file.page(seq)) {
        seq = row.seq;
        if (seq <= last) yield { ...row, value: JSON.parse(text) as unknown };
      }
    }
  }

  async queued(from: number): Promise<readonly QueuedMessage[]> {
    this.#mustBeOpen();
    return this.#file.queued(from).map(({ when, text }) => ({ when, message: JSON.parse(text) }));
  }

  async queue({ when, message }: QueuedMessage): Promise<void> {
    this.#mustBeOpen();
    this.#file.queue({ when, text: jsonText(message, 'A message') }, newToken());
  }

  async deliver(name: string, value: unknown): Promise<{ readonly first: boolean }> {
    checkRecordName(name);
    return { first: this.#deliver(name, jsonText(value, `What is delivered as "${name}"`), newToken()) };
  }

  #deliver(name: string, text: string, key: string): boolean {
    this.#mustBeOpen();
    const waiting = this.#waiting.get(name);
    const first = this.#file.deliver({ name, text }, key, waiting !== undefined);
    if (!first || !waiting) return first;
    this.#waiting.delete(name);
    if (this.#waiting.size === 0) this.#atDoor?.server?.hold(false);
    this.#recorded();
    waiting.resolve(JSON.parse(text));
    return true;
  }

  closeFor(where: string): void {
    this.#mustBeOpen();
    this.#file.setMeta(CLOSED_FOR, where);
  }

  onCommand(handler: (command: SessionCommand) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** Answers another process, as JSON text. */
  async answer(request: DeskRequest, owner: SessionOwner): Promise<string> {
    this.#mustBeOpen();
    switch (request.op) {
      case 'hello': {
        const { pid, host, since, command } = owner;
        return JSON.stringify({ pid, host, since, command });
      }
      case 'deliver':
        checkRecordName(request.name);
        return JSON.stringify({ first: this.#deliver(request.name, request.text, request.key) });
      case 'command':
        for (const handler of this.#handlers) handler(request.command);
        return JSON.stringify({ reached: this.#handlers.size > 0 });
      case 'page':
        if (request.wait && this.#file.lastSeq() <= request.after) await this.#nextRecord();
        this.#mustBeOpen();
    }
    return answerFrom(this.#file, request);
  }

  #nextRecord(): Promise<void> {
    return new Promise((resolve) => this.#followers.add(resolve));
  }

  #recorded(): void {
    for (const follower of this.#followers) follower();
    this.#followers.clear();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) reject(closedError(this.name));
    this.#waiting.clear();
    const { server, card, path } = this.#atDoor ?? {};
    server?.close();
    if (card && path !== undefined) removeCard(path, card.token);
    this.#file.close();
  }

  #mustBeOpen(): void {
    if (this.#closed) throw closedError(this.name);
  }
}

function closedError(name: string): PerigeeError {
  return new PerigeeError('aborted', `Session "${name}" was closed.`);
}
