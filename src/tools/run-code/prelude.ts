/** What the code is given and how its values are written, made inside of the sandbox. */
export interface Inside {
  /** A value as JSON text; undefined for undefined. */
  write(value: unknown): string | undefined;
  /** What was thrown, as JSON text of `{ text, stack }`. */
  explain(thrown: unknown): string;
}

/**
 * Runs in the sandbox before the code, from its own source text: it must use nothing from outside. Makes `console` and
 * `input`. `emit` is given each line for the console; it is cut here, before it is copied out.
 */
export function prelude(emit: (text: string) => void, maxCharacters: number, input: string): Inside {
  const { stringify, parse } = JSON;
  const kindOf = Object.prototype.toString;
  const plain = (_key: string, value: unknown): unknown => {
    if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
    if (typeof value === 'function') return `[function ${value.name || 'without a name'}]`;
    if (value instanceof Error) return String(value);
    if (value instanceof Map || value instanceof Set) return [...value];
    if (value instanceof RegExp) return String(value);
    return value;
  };
  const write = (value: unknown): string | undefined => {
    try {
      return stringify(value, plain);
    } catch (error) {
      // Values in a circle, and a toJSON that throws.
      if (error instanceof TypeError)
        return stringify(`${kindOf.call(value)} that is no JSON: ${error.message}`);
      throw error;
    }
  };
  const line = (values: unknown[]): void => {
    let text = '';
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      const shown = typeof value === 'string' ? value : value instanceof Error ? String(value) : write(value);
      text += (i > 0 ? ' ' : '') + (shown ?? 'undefined');
    }
    emit(text.length > maxCharacters ? text.slice(0, maxCharacters + 1) : text);
  };
  const log = (...values: unknown[]): void => line(values);
  const given = globalThis as unknown as Record<string, unknown>;
  given['console'] = { log, info: log, warn: log, error: log, debug: log };
  given['input'] = parse(input);
  return {
    write,
    explain: (thrown) => {
      const isError = thrown instanceof Error;
      const text = isError ? `${thrown.name}: ${thrown.message}` : `Thrown: ${write(thrown)}`;
      return stringify({
        text: text.slice(0, 2000),
        stack: String(isError ? thrown.stack : '').slice(0, 20_000),
      });
    },
  };
}
