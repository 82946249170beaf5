import { isJsonObject } from '../../core/index.ts';
import { ARRAY, BOOLEAN, FRACTION, INTEGER, NULL, OBJECT, valueBit } from './value-types.ts';

/**
 * The JSON text that a string stands for where no string may be: `"[1]"` for `[1]`, `"3"` for `3`. Undefined unless
 * the string is exactly such a text; numbers only in the one spelling that says the same number.
 */
export function unwrapped(value: string, types: number): string | undefined {
  switch (value) {
    case 'true':
    case 'false':
      return types & BOOLEAN ? value : undefined;
    case 'null':
      return types & NULL ? value : undefined;
  }
  if (types & (INTEGER | FRACTION) && value !== '' && value.length <= 32) {
    const number = Number(value);
    if (Number.isFinite(number) && String(number) === value)
      return types & valueBit(number) ? value : undefined;
  }
  const text = value.trim();
  const bit = text.startsWith('{') ? OBJECT : text.startsWith('[') ? ARRAY : 0;
  return types & bit && isJson(text) ? text : undefined;
}

/** Argument text without what stands around the object: white space, one code fence, the quotes of a JSON string. */
export function bareArguments(text: string): string | undefined {
  const bare = withoutFence(text.trim());
  if (!bare.startsWith('"')) return bare === '' || bare.startsWith('{') ? bare : undefined;
  try {
    const inner: unknown = JSON.parse(bare);
    if (typeof inner !== 'string') return undefined;
    const object = withoutFence(inner.trim());
    return isJsonObject(JSON.parse(object)) ? object : undefined;
  } catch {
    return undefined;
  }
}

/** The text inside one code fence (three backticks, with or without a language), or the text itself. */
function withoutFence(text: string): string {
  if (!text.startsWith('```')) return text;
  const inner = text.slice(3).replace(/^[A-Za-z_][\w+-]*(?=[\s[{"])/, '');
  return (inner.endsWith('```') ? inner.slice(0, -3) : inner).trim();
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
