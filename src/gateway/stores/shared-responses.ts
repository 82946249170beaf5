import { isJsonObject, type Message, type ResponseRow, type SharedResponses } from '../../core/index.ts';
import type { StoredNames } from '../../protocols/index.ts';
import type { Box } from './box.ts';
import { type ReadCounts, reading } from './reading.ts';
import type { ResponseStore, StoredResponse } from './response-store.ts';
import { WriteQueue } from './write-queue.ts';

/** Bytes of one response; a larger one stays in memory alone. */
const LARGEST = 64 * 1024 * 1024;

/** Names of responses that are here alone; of more, the oldest are not served any more. */
const MOST_LOCAL = 20_000;

type Item = Record<string, unknown>;

interface Waiting {
  readonly key: string;
  readonly bytes: number;
  readonly apart?: string;
  readonly row: ResponseRow;
  /**
   * The row that needs none before it; undefined: memory has the conversation no more. It is not kept here: what waits while the
   * database is away would hold far more than its own bytes.
   */
  readonly whole: () => ResponseRow | undefined;
}

/**
 * Responses that all replicas can be asked for. The memory comes first, but whether a response is still there, only the database
 * knows: another replica may have deleted it. So each request that names some asks once, for that and for all that is missing here.
 */
export class SharedResponseStore {
  readonly queue: WriteQueue<Waiting>;
  readonly reads: ReadCounts = { found: 0, absent: 0, failed: 0 };
  readonly #memory: ResponseStore;
  readonly #shared: SharedResponses;
  readonly #box: Box;
  readonly #bytes: number;
  /** Those that are in memory and not, or not yet, in the database. */
  readonly #local = new Set<string>();

  constructor(memory: ResponseStore, shared: SharedResponses, box: Box, bytes: number) {
    this.#memory = memory;
    this.#shared = shared;
    this.#box = box;
    this.#bytes = bytes;
    this.queue = new WriteQueue({
      bytes,
      write: (entries) => this.#write(entries),
      written: ({ key }) => this.#local.delete(key),
    });
  }

  /**
   * Makes what a request names ready in memory; what is not there any more is forgotten. Rejects with `database-unreachable`, status
   * 503, where that cannot be found out and the memory lacks it.
   */
  async load(tenant: string, { conversation, answers }: StoredNames): Promise<void> {
    const ids = new Map<string, string>();
    const missing: string[] = [];
    let whole: string | undefined;
    for (const id of new Set(conversation === undefined ? answers : [conversation, ...answers])) {
      const key = this.#box.nameOf(tenant, id);
      const held = this.#memory.holds(tenant, id);
      if (held !== 'nothing' && this.#local.has(key)) continue;
      ids.set(key, id);
      if (id === conversation && held !== 'conversation') whole = key;
      else if (held === 'nothing') missing.push(key);
    }
    if (ids.size === 0) return;
    const lacks = whole !== undefined || missing.length > 0;
    const wanted = {
      answers: missing,
      present: [...ids.keys()],
      bytes: this.#bytes,
      ...(whole !== undefined && { conversation: whole }),
    };
    const found = await reading(this.reads, this.#shared.find(wanted)).catch((error: unknown) => {
      if (lacks) throw error;
    });
    // What is here is served as it was when the database could last be asked.
    if (!found) return;
    for (const [key, id] of ids) {
      this.reads[found.present.has(key) ? 'found' : 'absent']++;
      if (!found.present.has(key)) this.#memory.delete(tenant, id);
    }
    for (const [key, body] of found.answers) this.#learnAnswer(tenant, key, body);
    if (whole !== undefined && found.conversation) this.#learn(tenant, whole, found.conversation);
  }

  /** Keeps a response. The answer's end waits for the promise: whoever has read it may ask any replica. */
  put(tenant: string, stored: StoredResponse): Promise<void> | undefined {
    this.#memory.put(tenant, stored);
    const { response, reply, answer } = stored;
    const { previousResponseId, added, inputItems } = reply;
    const id = String(response['id']);
    const key = this.#box.nameOf(tenant, id);
    const own = answer ? [...added, answer] : added;
    const messages = (all: readonly Message[]) => this.#box.close(tenant, key, 'messages', all);
    const row = {
      key,
      answer: this.#box.close(tenant, key, 'answer', response),
      items: this.#box.close(tenant, key, 'items', inputItems),
      messages: messages(own),
    };
    const bytes = row.answer.length + row.items.length + row.messages.length;
    this.#keepLocal(key);
    if (bytes > LARGEST) {
      this.queue.counts.refused++;
      return undefined;
    }
    const parent =
      previousResponseId === undefined ? undefined : this.#box.nameOf(tenant, previousResponseId);
    return this.queue.add({
      key,
      bytes,
      row: parent === undefined ? row : { ...row, parent },
      whole: () => {
        const all = this.#memory.recall(tenant, id);
        return all && { ...row, messages: messages(all) };
      },
      ...(parent !== undefined && { apart: parent }),
    });
  }

  /** A part of a response; undefined: there is none. Rejects as `load` does. */
  async show(tenant: string, id: string, part: 'answer' | 'items'): Promise<Item | Item[] | undefined> {
    const key = this.#box.nameOf(tenant, id);
    const here = () =>
      (part === 'answer' ? this.#memory.get(tenant, id) : this.#memory.inputItems(tenant, id)) as
        | Item
        | Item[]
        | undefined;
    if (this.#local.has(key)) return here();
    const body = await reading(this.reads, this.#shared.show(key, part)).catch((error: unknown) => {
      const value = here();
      if (value === undefined) throw error;
      return value;
    });
    if (!(body instanceof Uint8Array)) {
      if (body === undefined) this.#memory.delete(tenant, id);
      this.reads[body === undefined ? 'absent' : 'found']++;
      return body;
    }
    this.reads.found++;
    return this.#box.open(tenant, key, part, body) as Item | Item[] | undefined;
  }

  /** Forgets a response, everywhere; false if there was none. Rejects as `load` does. */
  async delete(tenant: string, id: string): Promise<boolean> {
    const key = this.#box.nameOf(tenant, id);
    const local = this.#local.has(key);
    await this.queue.remove(key);
    const deleted = await reading(this.reads, this.#shared.delete(key));
    this.#local.delete(key);
    const forgotten = this.#memory.delete(tenant, id);
    return deleted || (local && forgotten);
  }

  /** Another replica deleted it. */
  forget(key: string): void {
    this.#memory.forget(key);
  }

  #keepLocal(key: string): void {
    this.#local.add(key);
    if (this.#local.size <= MOST_LOCAL) return;
    const [oldest] = this.#local;
    if (oldest !== undefined) this.#local.delete(oldest);
  }

  async #write(entries: readonly Waiting[]): Promise<void> {
    const orphans = new Set(await this.#shared.put(entries.map(({ row }) => row)));
    if (orphans.size === 0) return;
    // What they go on from was deleted while they were answered, or could not be kept.
    const rows = entries.flatMap(({ key, whole }) => (orphans.has(key) ? (whole() ?? []) : []));
    if (rows.length > 0) await this.#shared.put(rows);
    this.queue.counts.dropped += orphans.size - rows.length;
  }

  #learnAnswer(tenant: string, key: string, body: Uint8Array): void {
    const response = this.#box.open(tenant, key, 'answer', body);
    if (isJsonObject(response)) this.#memory.learnAnswer(tenant, response);
  }

  #learn(
    tenant: string,
    key: string,
    found: NonNullable<Awaited<ReturnType<SharedResponses['find']>>['conversation']>,
  ): void {
    const response = this.#box.open(tenant, key, 'answer', found.answer);
    const inputItems = this.#box.open(tenant, key, 'items', found.items);
    const added = found.messages.map(({ key: name, body }) => this.#box.open(tenant, name, 'messages', body));
    // Something that was made with another secret is as good as not there: no part of a conversation is ever taken for all of it.
    if (!isJsonObject(response) || !Array.isArray(inputItems) || !added.every(Array.isArray)) return;
    this.#memory.learn(tenant, { response, inputItems, added: added as Message[][] });
  }
}
