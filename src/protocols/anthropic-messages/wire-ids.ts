/** What Anthropic takes as the id of a call. */
const ALLOWED = /^[a-zA-Z0-9_-]{1,64}$/;
/** Characters of an id that are kept where it has to be changed; the rest is for a number. */
const KEPT = 52;

/**
 * The ids of one conversation's calls as the Messages protocol takes them. What fits stays, the rest is respelt, so
 * that different ids stay different and the same conversation always gets the same ones.
 */
export class WireIds {
  readonly #wire = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** How often a spelling was wanted, so that many like ones cost no search. */
  readonly #repeats = new Map<string, number>();

  /** `ids`: all of the conversation. Those that fit have the first claim to their own spelling. */
  constructor(ids: Iterable<string>) {
    const all = [...new Set(ids)];
    for (const id of all) if (ALLOWED.test(id)) this.#taken.add(id);
    for (const id of all) if (!ALLOWED.test(id)) this.#respell(id);
  }

  /** The id on the wire. */
  of(id: string): string {
    return this.#wire.get(id) ?? (ALLOWED.test(id) ? id : this.#respell(id));
  }

  #respell(id: string): string {
    const fitting = id.replace(/[^a-zA-Z0-9_-]/g, '_').slice(-KEPT) || 'call';
    let count = this.#repeats.get(fitting) ?? 1;
    let wire = count === 1 ? fitting : `${fitting}_${count}`;
    while (this.#taken.has(wire)) wire = `${fitting}_${++count}`;
    this.#repeats.set(fitting, count);
    this.#taken.add(wire);
    this.#wire.set(id, wire);
    return wire;
  }
}
