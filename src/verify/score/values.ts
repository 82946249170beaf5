import { isJsonObject } from '../../core/index.ts';
import type { ExpectedCall } from '../case.ts';

/** Whether a call has the values that are known for sure. */
export function hasSureValues(
  { arguments: wanted, sure = [] }: ExpectedCall,
  given: Record<string, unknown>,
): boolean {
  return sure.every((key) => Object.hasOwn(given, key) && agrees(wanted[key], given[key]));
}

/**
 * Whether a value is the one that was meant. Texts agree when they differ in letter case, white space or closing
 * punctuation, and short ones when the given one goes on, as in `Paris, France`.
 */
function agrees(wanted: unknown, given: unknown): boolean {
  if (typeof wanted === 'string') {
    if (typeof given !== 'string') return false;
    const a = folded(wanted);
    const b = folded(given);
    return a === b || (a.length > 0 && a.length <= 40 && b.length <= a.length + 40 && b.includes(a));
  }
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(given) &&
      given.length === wanted.length &&
      wanted.every((item, i) => agrees(item, given[i]))
    );
  }
  if (isJsonObject(wanted)) {
    return isJsonObject(given) && Object.entries(wanted).every(([key, value]) => agrees(value, given[key]));
  }
  return wanted === given;
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim().replace(/[.!]$/, '');
}
