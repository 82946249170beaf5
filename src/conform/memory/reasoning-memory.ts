import { randomBytes } from 'node:crypto';
import type { AssistantMessage, Message, ModelRequest, Turn } from '../../core/index.ts';
import type { Tell } from '../stage.ts';
import { ConversationChain } from './conversation-chain.ts';
import { LeastRecent } from './least-recent.ts';

/** What an entry takes besides its texts: the key, the map's own, the object. */
const ENTRY_BYTES = 256;

/** Characters of a reasoning that may be the rest of a longer one. */
const LONGEST_REST = 256;

export interface ReasoningMemoryOptions {
  /** Bytes that it may take, about. */
  readonly bytes: number;
  /** Makes the secret of its keys. Default: the system's source of randomness. */
  readonly random?: (bytes: number) => Uint8Array;
  /** Instead, the secret of all memories that shall know turns by the same names. */
  readonly secret?: string;
}

/** The reasoning of a turn, as it was. */
export interface KeptReasoning {
  readonly reasoning: string;
  readonly signature?: string;
}

/** `reasoning` is absent where conversations that look the same had different ones. */
interface Entry {
  readonly reasoning?: string;
  readonly signature?: string;
  readonly bytes: number;
}

/** Where the chain of a request ended, so that its answer need not start from the beginning. */
interface ChainEnd {
  readonly start: ConversationChain;
  readonly end: ConversationChain;
}

interface Start {
  readonly chain: ConversationChain;
  readonly bytes: number;
}

/** Bytes of what is kept of the beginnings of conversations. */
const START_BYTES = 1024 * 1024;

/**
 * Keeps the reasoning of turns with calls and puts it back where a client dropped it: hosts want it, and models stall without.
 * Turns are known by the tenant, `cacheKey` and the whole conversation up to their calls, never by ids, which repeat in every
 * Kimi conversation. Nothing is ever made up or taken from elsewhere: where two conversations cannot be told apart and differ
 * in their reasoning, none of the two is put back.
 */
export class ReasoningMemory {
  readonly #secret: string;
  readonly #entries: LeastRecent<Entry>;
  readonly #ends = new WeakMap<readonly Message[], ChainEnd>();
  /** By their owners: what is kept with messages is known by the very place from which it was reached. */
  readonly #starts = new LeastRecent<Start>(START_BYTES);
  #hits = 0;
  #misses = 0;

  constructor({ bytes, random = randomBytes, secret }: ReasoningMemoryOptions) {
    this.#secret = secret ?? Buffer.from(random(32)).toString('base64');
    this.#entries = new LeastRecent(bytes);
  }

  /** Turns that are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** Bytes that they take, about. */
  get bytes(): number {
    return this.#entries.bytes;
  }

  /** Turns whose reasoning was put back, since the start. */
  get hits(): number {
    return this.#hits;
  }

  /** Turns whose reasoning was missing and not remembered, since the start. */
  get misses(): number {
    return this.#misses;
  }

  /** The client's request with the reasoning that it dropped; the same object where none is missing or known. */
  restore(tenant: string, request: ModelRequest, tell: Tell): ModelRequest {
    if (!request.messages.some(mayLackReasoning) || this.#entries.size === 0) return request;
    const start = this.#startOf(tenant, request);
    let chain = start;
    const restored: number[] = [];
    const unclear: number[] = [];
    const messages = request.messages.map((message, position) => {
      chain = chain.after(message);
      if (!mayLackReasoning(message)) return message;
      const entry = this.#entries.get(chain.name);
      const shown = message.reasoning?.trim() ?? '';
      if (entry?.reasoning === undefined) {
        if (shown !== '') return message;
        this.#misses++;
        if (entry) unclear.push(position);
        return message;
      }
      if (message.reasoning === entry.reasoning) return message;
      if (shown !== '' && !isRest(shown, entry.reasoning)) return message;
      this.#hits++;
      restored.push(position);
      const { reasoning, signature } = entry;
      return { ...message, reasoning, ...(signature !== undefined && { reasoningSignature: signature }) };
    });
    if (restored.length > 0) tell(note('restored', restored, 'is sent with the reasoning that was dropped.'));
    if (unclear.length > 0) {
      tell(
        note('unclear', unclear, 'stands in conversations that look the same and differ in their reasoning.'),
      );
    }
    const result = restored.length === 0 ? request : { ...request, messages };
    const end: ChainEnd = { start, end: chain };
    this.#ends.set(request.messages, end);
    this.#ends.set(result.messages, end);
    return result;
  }

  /** The names of the turns of a request that may lack their reasoning, of which nothing is known here. */
  lacking(tenant: string, request: ModelRequest): readonly string[] {
    if (!request.messages.some(mayLackReasoning)) return [];
    let chain = this.#startOf(tenant, request);
    const names: string[] = [];
    for (const message of request.messages) {
      chain = chain.after(message);
      if (mayLackReasoning(message) && this.#entries.get(chain.name) === undefined) names.push(chain.name);
    }
    return names;
  }

  /** Remembers what another memory with the same secret kept; undefined: of no use, since two turns could not be told apart. */
  learn(name: string, kept: KeptReasoning | undefined): void {
    if (kept) this.#keep(name, kept.reasoning, kept.signature);
    else this.#entries.set(name, { bytes: ENTRY_BYTES });
  }

  /**
   * Remembers the reasoning of the answer to a request, if it has calls; `turn` as the client was given it. Gives the names under
   * which it is known: its own, and that of its calls alone where there is a text beside them, which some clients drop. None:
   * there was nothing to remember.
   */
  keep(tenant: string, request: ModelRequest, turn: Turn): readonly string[] {
    const { content, calls, reasoning, reasoningSignature } = turn;
    if (calls.length === 0 || reasoning.trim() === '') return [];
    const before = this.#chainAfter(tenant, request);
    const names = [before.afterTurn(content, calls).name];
    if (content.trim() !== '') names.push(before.afterTurn('', calls).name);
    for (const name of names) this.#keepUnder(name, reasoning, reasoningSignature);
    return names;
  }

  #keepUnder(name: string, reasoning: string, signature: string | undefined): void {
    const known = this.#entries.get(name);
    if (known && known.reasoning !== reasoning) this.learn(name, undefined);
    else if (!known || known.signature !== signature) this.#keep(name, reasoning, signature);
  }

  #keep(name: string, text: string, signature: string | undefined): void {
    const reasoning = compact(text);
    const bytes = ENTRY_BYTES + 2 * (reasoning.length + (signature?.length ?? 0));
    this.#entries.set(name, { reasoning, bytes, ...(signature !== undefined && { signature }) });
  }

  #chainAfter(tenant: string, request: ModelRequest): ConversationChain {
    const start = this.#startOf(tenant, request);
    const known = this.#ends.get(request.messages);
    if (known?.start === start) return known.end;
    let chain = start;
    for (const message of request.messages) chain = chain.after(message);
    return chain;
  }

  #startOf(tenant: string, { cacheKey }: ModelRequest): ConversationChain {
    const owner = cacheKey === undefined ? [tenant] : [tenant, cacheKey];
    // No two owners give the same: only where there is a second text is there a length before the first.
    const key = `${cacheKey === undefined ? '' : tenant.length} ${tenant}${cacheKey ?? ''}`;
    const known = this.#starts.get(key);
    if (known) return known.chain;
    const chain = ConversationChain.of(this.#secret, owner);
    this.#starts.set(key, { chain, bytes: ENTRY_BYTES + 4 * key.length });
    return chain;
  }
}

function mayLackReasoning(message: Message): message is AssistantMessage {
  return (
    message.role === 'assistant' &&
    message.toolCalls !== undefined &&
    message.toolCalls.length > 0 &&
    (message.reasoning === undefined || message.reasoning.length <= LONGEST_REST)
  );
}

/**
 * Whether a client kept it without its outer space, or no more than the end: stream helpers that do not know the field
 * keep its last delta alone.
 */
function isRest(shown: string, reasoning: string): boolean {
  return reasoning.trim().endsWith(shown);
}

/** A text of its own: one that was put together from deltas would hold all of them in memory. */
function compact(text: string): string {
  const encoding = Buffer.byteLength(text) === text.length ? 'latin1' : 'utf16le';
  return Buffer.from(text, encoding).toString(encoding);
}

function note(action: string, positions: readonly number[], what: string) {
  const more = positions.length === 1 ? '' : ` (and ${positions.length - 1} more)`;
  return { stage: 'reasoning', action, text: `messages[${positions[0]}]${more} ${what}` };
}
