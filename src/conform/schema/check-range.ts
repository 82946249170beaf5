import { goText } from './go-text.ts';
import { below, complain, type Place } from './place.ts';
import { type Dictionary, own } from './rules.ts';

/** The first complaint about `minLength` and `maxLength`, or about `minItems` and `maxItems`. */
export function checkCounts(schema: Dictionary, of: 'Length' | 'Items', place: Place): string | undefined {
  for (const keyword of [`min${of}`, `max${of}`]) {
    const value = own(schema, keyword) ?? null;
    if (value === null) continue;
    if (typeof value !== 'number') return complain(place, `${keyword} must be an integer`);
    if (value < 0) return complain(place, `${keyword} must be non-negative`);
    if (!Number.isInteger(value)) return complain(place, 'not a valid integer');
  }
  return checkOrder(schema, `min${of}`, `max${of}`, below(place, `min${of}`));
}

/** The first complaint about `minimum` and `maximum`. */
export function checkBounds(schema: Dictionary, integer: boolean, place: Place): string | undefined {
  for (const keyword of ['minimum', 'maximum']) {
    const value = own(schema, keyword) ?? null;
    if (value === null) continue;
    if (typeof value !== 'number') {
      return complain(place, `${keyword} must be ${integer ? 'an integer' : 'a number'}`);
    }
    if (integer && !Number.isInteger(value)) return complain(place, 'not a valid integer');
  }
  return checkOrder(schema, 'minimum', 'maximum', place);
}

function checkOrder(schema: Dictionary, low: string, high: string, place: Place): string | undefined {
  const least = own(schema, low);
  const most = own(schema, high);
  if (typeof least !== 'number' || typeof most !== 'number' || least <= most) return undefined;
  return complain(place, `${low} (${goText(least)}) cannot be greater than ${high} (${goText(most)})`);
}
