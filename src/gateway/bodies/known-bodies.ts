import { isJsonObject } from '../../core/index.ts';
import { bodyText, parseBody } from './body-json.ts';
import type { Frame } from './frame.ts';
import { KnownBody } from './known-body.ts';
import { KnownFrames } from './known-frames.ts';
import { prefixKeys } from './prefix-keys.ts';

/** Smaller bodies are parsed faster than they are found. */
const SMALLEST = 4096;
/** What is kept of a body, for each of its bytes: itself, its messages parsed, decoded and as they are sent. */
const FACTOR = 6;
/** The share of all bytes that what stands around messages may take. */
const FRAMES = 1 / 4;

interface Entry {
  readonly owner: string;
  readonly body: KnownBody;
  readonly size: number;
  readonly keys: readonly number[];
}

/**
 * Parses bodies; the messages that a client sends again with every request, only once: a message that stood in an earlier
 * body of the same owner, with the same bytes and behind the same ones, is the very object of then, declared to last.
 * The same goes for what stands around the messages, whatever they are. What comes out is equal to what `JSON.parse` gives, and nobody may change it. Takes so many bytes and forgets what was
 * used longest ago.
 */
export class KnownBodies {
  readonly #limit: number;
  /** By how they begin; of those that begin alike, the latest. */
  readonly #byPrefix = new Map<number, Entry>();
  /** In the order of use, the latest last. */
  readonly #entries = new Set<Entry>();
  #bytes = 0;
  readonly #frames: KnownFrames;

  constructor({ bytes }: { readonly bytes: number }) {
    this.#limit = bytes * (1 - FRAMES);
    this.#frames = new KnownFrames(bytes * FRAMES);
  }

  /** Bytes that it takes, about. */
  get bytes(): number {
    return this.#bytes + this.#frames.bytes;
  }

  /** The JSON of a body in whose `field` the messages stand. Throws `invalid-request`. */
  parse(owner: string, field: string, body: Uint8Array): unknown {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const frame = this.#frames.find(owner, bytes);
    // What a known frame gave is not this body's own.
    const size = bytes.length * FACTOR - (frame?.length ?? 0) * (FACTOR - 1);
    const json = this.#parse(owner, field, bytes, frame, size);
    // What is no JSON has been thrown out by now.
    if (frame === undefined) this.#frames.learn(owner, field, bytes);
    return json;
  }

  #parse(owner: string, field: string, bytes: Buffer, frame: Frame | undefined, size: number): unknown {
    if (bytes.length < SMALLEST || size > this.#limit) return parsedIn(frame, bytes);
    const keys = prefixKeys(owner, bytes);
    const known = this.#find(owner, keys);
    const shared = known?.body.sharedWith(bytes);
    const partly =
      shared && shared.count > 0 ? shared.body.parseBehind(bytes, shared.count, frame) : undefined;
    // What could not be read like that is read as a whole, if only for its error.
    const json = partly ?? parsedIn(frame, bytes);
    const messages = isJsonObject(json) ? json[field] : undefined;
    if (!Array.isArray(messages)) return json;
    const origin = partly === undefined && shared ? { ...shared, count: 0 } : shared;
    const kept = new KnownBody({ bytes, field, messages }, origin);
    const isContinued = known && shared && known.body.isContinuedBy(shared.count);
    this.#add({ owner, body: kept, size, keys }, isContinued ? known : undefined);
    return json;
  }

  /** The latest body that begins like a new one, for longest. */
  #find(owner: string, keys: readonly number[]): Entry | undefined {
    for (let i = keys.length - 1; i >= 0; i--) {
      const entry = this.#byPrefix.get(keys[i]!);
      if (entry?.owner === owner) return entry;
    }
    return undefined;
  }

  #add(entry: Entry, continued: Entry | undefined): void {
    this.#entries.add(entry);
    this.#bytes += entry.size;
    for (const key of entry.keys) this.#byPrefix.set(key, entry);
    // Only now: nearly all of its keys are those of the new one.
    if (continued) this.#forget(continued);
    for (const oldest of this.#entries) {
      if (this.#bytes <= this.#limit) return;
      this.#forget(oldest);
    }
  }

  #forget(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    this.#bytes -= entry.size;
    for (const key of entry.keys) if (this.#byPrefix.get(key) === entry) this.#byPrefix.delete(key);
  }
}

/** The JSON of a body, as a whole but for its frame. Throws `invalid-request`. */
function parsedIn(frame: Frame | undefined, bytes: Buffer): unknown {
  const messages = frame?.messages(bytes);
  return frame && messages ? frame.around(messages) : parseBody(bodyText(bytes));
}
