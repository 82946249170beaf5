import { parseJsonObject } from '../../core/index.ts';

/** The one property under which a custom tool's text is declared to the model. */
export const CUSTOM_PROPERTY = 'input';

// Bounded, so that a flood of blanks in small pieces costs no quadratic time.
const OPENING = /^\s{0,99}\{\s{0,99}"input"\s{0,99}:\s{0,99}"/;
/** What may still become the opening. */
const OPENING_SO_FAR =
  /^\s{0,99}(?:\{\s{0,99}(?:"(?:i(?:n(?:p(?:ut?)?)?)?)?|"input"\s{0,99}(?::\s{0,99})?)?)?$/;
const ESCAPES: { readonly [letter: string]: string } = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Takes the text of a custom tool's input out of the JSON arguments `{"input": "…"}` as they arrive, in any pieces.
 * Arguments of another form are given at the end, as they were written.
 */
export class CustomInput {
  #state: 'opening' | 'string' | 'after' | 'other' = 'opening';
  /** The arguments while their form is not known; of a string, an escape that is not whole. */
  #kept = '';

  /** The text that a further piece of the arguments adds. */
  push(delta: string): string {
    switch (this.#state) {
      case 'opening':
        return this.#open(this.#kept + delta);
      case 'string':
        return this.#decode(this.#kept + delta);
      case 'other':
        this.#kept += delta;
        return '';
      case 'after':
        return '';
      default:
        return this.#state satisfies never;
    }
  }

  /** The rest. */
  end(): string {
    const kept = this.#kept;
    this.#kept = '';
    if (this.#state === 'string' || this.#state === 'after') return kept;
    const parsed = parseJsonObject(kept);
    const input = parsed?.[CUSTOM_PROPERTY];
    if (typeof input === 'string') return input;
    return parsed && Object.keys(parsed).length === 0 ? '' : kept;
  }

  #open(text: string): string {
    this.#kept = '';
    const opening = OPENING.exec(text);
    if (opening) {
      this.#state = 'string';
      return this.#decode(text.slice(opening[0].length));
    }
    this.#kept = text;
    if (!OPENING_SO_FAR.test(text)) this.#state = 'other';
    return '';
  }

  #decode(text: string): string {
    this.#kept = '';
    let decoded = '';
    let from = 0;
    for (let i = 0; i < text.length; ) {
      const character = text[i];
      if (character === '"') {
        this.#state = 'after';
        return decoded + text.slice(from, i);
      }
      if (character !== '\\') {
        i++;
        continue;
      }
      const length = text[i + 1] === 'u' ? 6 : 2;
      decoded += text.slice(from, i);
      if (i + length > text.length) {
        this.#kept = text.slice(i);
        return decoded;
      }
      decoded += unescaped(text.slice(i, i + length));
      i += length;
      from = i;
    }
    return decoded + text.slice(from);
  }
}

/** The whole input of a custom call. */
export function customInput(argumentsText: string): string {
  const input = new CustomInput();
  return input.push(argumentsText) + input.end();
}

/** The character for an escape; one that JSON does not know stays as it is. */
function unescaped(escaped: string): string {
  if (escaped.length === 6) {
    const hex = escaped.slice(2);
    return /^[0-9a-fA-F]{4}$/.test(hex) ? String.fromCharCode(Number.parseInt(hex, 16)) : escaped;
  }
  return ESCAPES[escaped[1]!] ?? escaped;
}
