import type { Message } from './message.ts';

const PREFIX = 'functions.';

/** The id that Kimi's own template gives the `position`-th call of a conversation, counted from 0. */
export function canonicalCallId(name: string, position: number): string {
  return `functions.${name}:${position}`;
}

/** The tool that a canonical id `functions.NAME:N` names; undefined for any other id. */
export function nameInCanonicalCallId(id: string): string | undefined {
  const colon = id.lastIndexOf(':');
  if (colon <= PREFIX.length || !id.startsWith(PREFIX) || !isNumberFrom(id, colon + 1)) return undefined;
  return id.slice(PREFIX.length, colon);
}

/** Whether nothing but digits stands from a position on. */
function isNumberFrom(id: string, start: number): boolean {
  for (let at = start; at < id.length; at++) {
    const code = id.charCodeAt(at);
    if (code < 48 || code > 57) return false;
  }
  return start < id.length;
}

/** Whether an id is `functions.NAME:N` for exactly this tool. */
export function isCanonicalCallId(id: string, name: string): boolean {
  const colon = PREFIX.length + name.length;
  return (
    name !== '' &&
    id[colon] === ':' &&
    id.startsWith(PREFIX) &&
    id.startsWith(name, PREFIX.length) &&
    isNumberFrom(id, colon + 1)
  );
}

/**
 * Gives out call ids that never repeat in a conversation. The model copies the style of the ids it sees and
 * ends turns empty when they are foreign to it (MoonshotAI/Kimi-K2#128), and clients key results by id, so
 * an id that is canonical and unused is kept and any other becomes `functions.NAME:N`, where N counts the
 * earlier calls of the conversation.
 */
export class CallIds {
  #used: Set<string> | undefined;
  #count = 0;
  /** Not read yet: most answers have no calls. */
  #history: readonly Message[] = [];

  /**
   * `used`: the ids of the conversation so far, one for each call, repeats included; `reserved`: further ids that must not
   * be given out.
   */
  constructor(used?: Iterable<string>, reserved?: Iterable<string>) {
    if (used === undefined && reserved === undefined) return;
    const all = [...(used ?? [])];
    this.#used = new Set([...all, ...(reserved ?? [])]);
    this.#count = all.length;
  }

  /** The ids of a history. */
  static of(messages: readonly Message[]): CallIds {
    const ids = new CallIds();
    ids.#history = [...messages];
    return ids;
  }

  /** The id for the next call: `wanted` if it is canonical for this tool and unused, else a new one. */
  claim(name: string, wanted: string): string {
    const used = this.#known();
    let id = wanted;
    if (!isCanonicalCallId(wanted, name) || used.has(wanted)) {
      let position = this.#count;
      do id = canonicalCallId(name, position++);
      while (used.has(id));
    }
    used.add(id);
    this.#count++;
    return id;
  }

  /** Takes note of an id that stands in the conversation. */
  take(id: string): void {
    this.#known().add(id);
    this.#count++;
  }

  /** Takes the last claims back: what they were for did not come about. */
  release(ids: Iterable<string>): void {
    for (const id of ids) if (this.#used?.delete(id)) this.#count--;
  }

  #known(): Set<string> {
    this.#used ??= new Set();
    if (this.#history.length > 0) this.#readHistory(this.#used);
    return this.#used;
  }

  #readHistory(used: Set<string>): void {
    for (const message of this.#history) {
      if (message.role !== 'assistant' || !message.toolCalls) continue;
      for (const { id } of message.toolCalls) used.add(id);
      this.#count += message.toolCalls.length;
    }
    this.#history = [];
  }
}
