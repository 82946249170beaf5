import { isCanonicalCallId, isJsonObject } from '../../core/index.ts';
import { type CallEmitter, type OpenCall, writeCall } from '../engine/call-emitter.ts';

/** Who a call came from: the host's own parser, or the text that leaked past it. */
export type Source = 'host' | 'text';

interface Seen {
  readonly source: Source;
  readonly name: string;
  /** Absent when it cannot be compared, since it is not the model's. */
  readonly id: string | undefined;
  readonly rawId: string;
  /** The arguments, once the call is closed. */
  text?: string;
  /** It is, or has, a copy whose id cannot be compared: no other call can be its copy too. */
  paired?: boolean;
}

interface Suspect {
  readonly seen: Seen;
  readonly text: string;
}

/**
 * Some hosts hand out a call and leave its markers in the text as well, or report it twice. A call that may be
 * the copy of another is held until its arguments can be compared; an equal one is dropped, so that nothing
 * runs twice. Calls of one source with ids of their own never are copies of each other.
 */
export class Twins {
  readonly #emitter: CallEmitter;
  /** By tool. */
  #ledgers: Map<string, Ledger> | undefined;
  #suspects: Suspect[] = [];

  constructor(emitter: CallEmitter) {
    this.#emitter = emitter;
  }

  start(source: Source, name: string, rawId: string): OpenCall {
    const id = comparableId(rawId, name);
    const seen: Seen = { source, name, rawId, id };
    const ledger = this.#ledgerOf(name);
    const suspicious = ledger.mayHold(seen);
    ledger.add(seen);
    return suspicious ? this.#held(seen, ledger) : this.#open(seen, ledger);
  }

  /** Whether a cut call in the text is what the host handed out whole. */
  explains(rawId: string, name: string | undefined, text: string): boolean {
    if (name === undefined)
      return rawId === '' && [...(this.#ledgers?.values() ?? [])].some((ledger) => ledger.hasHostCall);
    const probe: Seen = { source: 'text', name, rawId, id: comparableId(rawId, name) };
    return this.#ledgers?.get(name)?.whole(probe, text) !== undefined;
  }

  #ledgerOf(name: string): Ledger {
    this.#ledgers ??= new Map();
    let ledger = this.#ledgers.get(name);
    if (!ledger) {
      ledger = new Ledger();
      this.#ledgers.set(name, ledger);
    }
    return ledger;
  }

  /** Nothing more will come: what is still held is no copy of anything. */
  end(): void {
    const suspects = this.#suspects;
    this.#suspects = [];
    for (const suspect of suspects) this.#emit(suspect, this.#ledgerOf(suspect.seen.name));
  }

  #open(seen: Seen, ledger: Ledger): OpenCall {
    const call = this.#emitter.start(seen.name, seen.rawId);
    const end = (text: string) => {
      call.end(text);
      ledger.close(seen, text);
      const waiting = this.#suspects;
      this.#suspects = [];
      for (const suspect of waiting) this.#judge(suspect);
    };
    return {
      delta: (text) => call.delta(text),
      end,
      cut: (text) => {
        // The text broke off, but the host has the whole call: then that is what was begun here.
        const position = this.#suspects.findIndex(
          (other) => mayBeTwins(seen, other.seen) && goesOn(text, other),
        );
        const [whole] = position < 0 ? [] : this.#suspects.splice(position, 1);
        if (!whole) {
          call.cut(text);
          return;
        }
        const rest = whole.text.trimStart().slice(text.length);
        if (rest !== '') call.delta(rest);
        end(text + rest);
      },
    };
  }

  #held(seen: Seen, ledger: Ledger): OpenCall {
    return {
      delta: () => {},
      end: (text) => this.#judge({ seen, text }),
      cut: (text) => {
        if (!ledger.whole(seen, text)) this.#emitter.cutEarly(seen.rawId, seen.name, text);
      },
    };
  }

  #judge(suspect: Suspect): void {
    const ledger = this.#ledgerOf(suspect.seen.name);
    const twin = ledger.equal(suspect);
    if (twin) {
      if (suspect.seen.id === undefined || twin.id === undefined) {
        twin.paired = true;
        suspect.seen.paired = true;
      }
    } else if (ledger.isWaitingFor(suspect.seen)) this.#suspects.push(suspect);
    else this.#emit(suspect, ledger);
  }

  #emit({ seen, text }: Suspect, ledger: Ledger): void {
    ledger.close(seen, text);
    writeCall(this.#emitter, seen.name, seen.rawId, text);
  }
}

/** The calls of one tool. Arguments are compared only once there are calls that may be copies. */
class Ledger {
  readonly #open = new Set<Seen>();
  readonly #closed = new Map<string, Seen[]>();
  readonly #ids = new Set<string>();
  readonly #count = { host: 0, text: 0 };
  #incomparable = { host: 0, text: 0 };
  /** Closed and not yet sorted by their arguments. */
  #unsorted: Seen[] = [];

  add(seen: Seen): void {
    this.#open.add(seen);
    this.#count[seen.source]++;
    if (seen.id === undefined) this.#incomparable[seen.source]++;
    else this.#ids.add(seen.id);
  }

  close(seen: Seen, text: string): void {
    seen.text = text;
    this.#open.delete(seen);
    this.#unsorted.push(seen);
  }

  get hasHostCall(): boolean {
    return this.#count.host > 0;
  }

  /** Whether it has a call that this one may be a copy of. */
  mayHold(seen: Seen): boolean {
    const other = seen.source === 'host' ? 'text' : 'host';
    if (seen.id === undefined) return this.#count[other] > 0;
    return this.#ids.has(seen.id) || this.#incomparable[other] > 0;
  }

  equal({ seen, text }: Suspect): Seen | undefined {
    for (const closed of this.#unsorted) {
      const key = normalized(closed.text!);
      const same = this.#closed.get(key);
      if (same) same.push(closed);
      else this.#closed.set(key, [closed]);
    }
    this.#unsorted = [];
    return this.#closed.get(normalized(text))?.find((other) => mayBeTwins(seen, other));
  }

  isWaitingFor(seen: Seen): boolean {
    for (const other of this.#open) if (other !== seen && mayBeTwins(seen, other)) return true;
    return false;
  }

  /** A closed call of the other source whose arguments begin with `text`. */
  whole(seen: Seen, text: string): Seen | undefined {
    const isWhole = (other: Seen) =>
      other.source !== seen.source && mayBeTwins(seen, other) && goesOn(text, { text: other.text! });
    for (const list of [this.#unsorted, ...this.#closed.values()]) {
      const found = list.find(isWhole);
      if (found) return found;
    }
    return undefined;
  }
}

function mayBeTwins(a: Seen, b: Seen): boolean {
  if (a === b || a.name !== b.name) return false;
  if (a.id !== undefined && b.id !== undefined) return a.id === b.id;
  return a.source !== b.source && !a.paired && !b.paired;
}

/** The model's own id; a host's or client's id says nothing about it. */
function comparableId(rawId: string, name: string): string | undefined {
  const id = rawId.startsWith('functions.') ? rawId : `functions.${rawId}`;
  return isCanonicalCallId(id, name) ? id : undefined;
}

function goesOn(text: string, whole: { readonly text: string }): boolean {
  return whole.text.trimStart().startsWith(text.trim());
}

/** The same for arguments that mean the same, whatever their white space and the order of their keys. */
function normalized(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), (_, value: unknown) =>
      isJsonObject(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    );
  } catch {
    return text.trim();
  }
}
