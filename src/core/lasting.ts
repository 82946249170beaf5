const lasting = new WeakSet<object>();

/**
 * Declares that an object never changes and will be handed in again, as the messages of a conversation are with every
 * request: what is worked out of it alone may be kept. Gives the object.
 */
export function markLasting<T extends object>(value: T): T {
  lasting.add(value);
  return value;
}

/** Whether an object was declared to last. */
export function isLasting(value: object): boolean {
  return lasting.has(value);
}

/** Declares what was made of an object, and of nothing else that may differ, to last if that does. Gives it. */
export function markLikewise<T extends object>(source: object, made: T): T {
  return lasting.has(source) ? markLasting(made) : made;
}

/**
 * What is worked out of objects that last, kept as long as they are. Of others nothing is kept, since keeping costs more than
 * it saves then.
 */
export class Kept<S extends object, R> {
  readonly #results = new WeakMap<S, R>();

  get(source: S): R | undefined {
    return this.#results.get(source);
  }

  /** Keeps what was worked out of `source`, and of nothing else that may differ. Gives `result`. */
  set(source: S, result: R): R {
    if (lasting.has(source)) this.#results.set(source, result);
    return result;
  }
}
