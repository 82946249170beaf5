const QUOTE = 34;
const APOSTROPHE = 39;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/**
 * Follows the structure of one JSON object or array as its text arrives, in any pieces: where strings begin
 * and end, how deep it is, where it is complete. It does not check the grammar; `JSON.parse` does that once
 * the end is known. Linear, no buffering.
 */
export class JsonScanner {
  /** Open braces and brackets. */
  depth = 0;
  /** The value's last bracket was closed; nothing after it belongs to it. */
  complete = false;
  #quote = 0;
  #escaped = false;
  readonly #apostrophes: boolean;

  /** `apostrophes`: strings may also stand in single quotes, as in a Python literal. */
  constructor(options: { apostrophes?: boolean } = {}) {
    this.#apostrophes = options.apostrophes ?? false;
  }

  /** Whether the text scanned so far ends inside a string. */
  get inString(): boolean {
    return this.#quote !== 0;
  }

  /** Scans `text` from `from` to `to`; returns the position after the value, or `to` while it is incomplete. */
  scan(text: string, from = 0, to = text.length): number {
    let i = from;
    if (this.complete) return i;
    while (i < to) {
      if (this.#quote !== 0) {
        i = this.#scanString(text, i, to);
        continue;
      }
      const code = text.charCodeAt(i++);
      if (code === QUOTE || (code === APOSTROPHE && this.#apostrophes)) {
        this.#quote = code;
      } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
        this.depth++;
      } else if ((code === CLOSE_BRACE || code === CLOSE_BRACKET) && --this.depth <= 0) {
        this.complete = true;
        return i;
      }
    }
    return i;
  }

  #scanString(text: string, from: number, to: number): number {
    let i = from;
    if (this.#escaped && i < to) {
      this.#escaped = false;
      i++;
    }
    const quote = this.#quote;
    while (i < to) {
      const code = text.charCodeAt(i++);
      if (code === quote) {
        this.#quote = 0;
        return i;
      }
      if (code === BACKSLASH) {
        if (i < to) i++;
        else this.#escaped = true;
      }
    }
    return i;
  }
}

/** The value of a JSON text; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a text is JSON of any kind. */
export function isJson(text: string): boolean {
  return parseJson(text) !== undefined;
}

/** The value of a JSON text that is an object, else undefined. */
export function parseJsonObject(text: string): Record<string, unknown> | undefined {
  const value = parseJson(text);
  return isJsonObject(value) ? value : undefined;
}

/** Whether a value is a JSON object: not null, not an array. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
