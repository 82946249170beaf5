import type { KeptReasoning, ReasoningMemory } from '../../conform/index.ts';
import {
  isJsonObject,
  type ModelRequest,
  type Note,
  type ReasoningRow,
  type SharedReasoning,
  type Turn,
} from '../../core/index.ts';
import type { Box } from './box.ts';
import { type ReadCounts, reading } from './reading.ts';
import { WriteQueue } from './write-queue.ts';

/** Bytes of one reasoning; a larger one stays in memory alone. */
const LARGEST = 4 * 1024 * 1024;
/** Turns that are looked for at a time; of more, the latest. */
const MOST_TURNS = 2000;
/** Milliseconds for which a turn that is not in the database is not looked for again: models without reasoning have many. */
const ABSENT_MS = 60_000;
const MOST_ABSENT = 50_000;

interface Waiting {
  readonly key: string;
  readonly bytes: number;
  readonly apart: string;
  readonly row: ReasoningRow;
}

/** Reasoning that clients cannot carry, for whichever replica the next request comes to. */
export class SharedReasoningMemory {
  readonly queue: WriteQueue<Waiting>;
  readonly reads: ReadCounts = { found: 0, absent: 0, failed: 0 };
  readonly #memory: ReasoningMemory;
  readonly #shared: SharedReasoning;
  readonly #box: Box;
  /** Turns with the time until which they are taken for absent, the oldest first. */
  readonly #absent = new Map<string, number>();

  constructor(memory: ReasoningMemory, shared: SharedReasoning, box: Box, bytes: number) {
    this.#memory = memory;
    this.#shared = shared;
    this.#box = box;
    this.queue = new WriteQueue({
      bytes,
      write: async (entries) => {
        for (const key of await shared.put(entries.map(({ row }) => row))) this.forget(key);
      },
      written: () => {},
    });
  }

  /** The turns of a request whose reasoning may be in the database, and is not here. */
  lacking(tenant: string, request: ModelRequest): readonly string[] {
    const lacking = this.#memory.lacking(tenant, request);
    if (lacking.length === 0) return lacking;
    const now = performance.now();
    return lacking.slice(-MOST_TURNS).filter((name) => !((this.#absent.get(name) ?? 0) > now));
  }

  /** Makes reasoning ready in memory. Where it cannot be had the request goes on without, and a note says so. Never rejects. */
  async load(tenant: string, names: readonly string[], tell: (note: Note) => void): Promise<void> {
    const found = await reading(this.reads, this.#shared.find(names)).catch(() => undefined);
    if (!found) {
      const text = 'Reasoning that the client dropped may be in the database, which cannot be reached.';
      tell({ stage: 'reasoning', action: 'unreachable', text });
      return;
    }
    const now = performance.now();
    for (const name of names) {
      const body = found.get(name);
      if (body === undefined) this.#missed(name, now);
      else if (body === 'unclear') this.#memory.learn(name, undefined);
      else this.#learn(tenant, name, body);
    }
  }

  /** Keeps the reasoning of an answer under its names. The answer's end waits for the promise. */
  put(tenant: string, names: readonly string[], turn: Turn): Promise<unknown> | undefined {
    const writes = names.map((name) => this.#put(tenant, name, turn)).filter((write) => write !== undefined);
    return writes.length > 1 ? Promise.all(writes) : writes[0];
  }

  #put(tenant: string, name: string, turn: Turn): Promise<void> | undefined {
    const { reasoning, reasoningSignature: signature } = turn;
    const kept: KeptReasoning = { reasoning, ...(signature !== undefined && { signature }) };
    const body = this.#box.close(tenant, name, 'reasoning', kept);
    if (body.length > LARGEST) {
      this.queue.counts.refused++;
      return undefined;
    }
    const digest = this.#box.digest(reasoning);
    this.#absent.delete(name);
    // Two that stand under one name are both written, since only so the second is found to differ.
    return this.queue.add({
      key: `${name} ${digest}`,
      apart: name,
      bytes: body.length,
      row: { key: name, digest, body },
    });
  }

  /** It cannot be told from another one. */
  forget(name: string): void {
    this.#memory.learn(name, undefined);
  }

  #learn(tenant: string, name: string, body: Uint8Array): void {
    const kept = this.#box.open(tenant, name, 'reasoning', body);
    if (!isJsonObject(kept) || typeof kept['reasoning'] !== 'string') return;
    const { reasoning, signature } = kept;
    this.reads.found++;
    this.#memory.learn(name, { reasoning, ...(typeof signature === 'string' && { signature }) });
  }

  #missed(name: string, now: number): void {
    this.reads.absent++;
    this.#absent.delete(name);
    this.#absent.set(name, now + ABSENT_MS);
    if (this.#absent.size <= MOST_ABSENT) return;
    const [oldest] = this.#absent.keys();
    if (oldest !== undefined) this.#absent.delete(oldest);
  }
}
