import { MOST_NESTING } from './rules.ts';

/** What a value is before anything is known of it. */
export interface Measure {
  /** Whether it holds nothing but what JSON text can say, in plain objects and arrays. */
  readonly plain: boolean;
  /** Bytes as Go writes it as JSON, or somewhat more than the limit as soon as that is passed. */
  readonly size: number;
  /** More brackets inside brackets than may be followed, or a circle. */
  readonly tooDeep: boolean;
}

/** Measures without recursion, so that no depth can hurt, and stops where a limit is passed. */
export function measure(value: unknown, limit: number): Measure {
  const waiting: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  let plain = true;
  let size = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value: current, depth } = next;
    if (depth > MOST_NESTING) return { plain, size, tooDeep: true };
    if (size > limit) return { plain, size, tooDeep: false };
    if (typeof current === 'string') size += stringSize(current, limit);
    else if (typeof current === 'number') {
      size += Object.is(current, -0) ? 2 : `${current}`.length;
      plain &&= Number.isFinite(current);
    } else if (typeof current === 'boolean' || current === null) size += current === false ? 5 : 4;
    else if (Array.isArray(current)) {
      size += Math.max(2, current.length + 1);
      for (const item of current) waiting.push({ value: item, depth: depth + 1 });
    } else if (typeof current === 'object') {
      plain &&= isPlain(current);
      const keys = Object.keys(current);
      size += Math.max(2, keys.length + 1);
      for (const key of keys) {
        size += stringSize(key, limit) + 1;
        waiting.push({ value: (current as Record<string, unknown>)[key], depth: depth + 1 });
      }
    } else plain = false;
  }
  return { plain, size, tooDeep: false };
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) &&
    typeof (value as { toJSON?: unknown }).toJSON !== 'function'
  );
}

/** Go escapes `<`, `>`, `&` and the two line separators, and puts U+FFFD for lone surrogates. */
function stringSize(text: string, limit: number): number {
  if (text.length > limit) return text.length;
  let size = 2;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20) size += code === 8 || code === 9 || code === 10 || code === 12 || code === 13 ? 2 : 6;
    else if (code === 0x22 || code === 0x5c) size += 2;
    else if (code === 0x3c || code === 0x3e || code === 0x26) size += 6;
    else if (code < 0x80) size += 1;
    else if (code < 0x800) size += 2;
    else if (code === 0x2028 || code === 0x2029) size += 6;
    else if (code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      size += 4;
      i++;
    } else size += 3;
  }
  return size;
}
