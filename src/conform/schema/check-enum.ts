import { goText } from './go-text.ts';
import { below, complain, type Place, pathOf } from './place.ts';
import { type Dictionary, isDictionary, own } from './rules.ts';
import type { Whole } from './whole.ts';

const SCALARS = ['string', 'integer', 'number', 'boolean'];

/** The first complaint about an `enum`, which stands in the schema at `place`. */
export function checkEnum(schema: Dictionary, place: Place, whole: Whole): string | undefined {
  const here = below(place, 'enum');
  const values = schema['enum'];
  if (!Array.isArray(values)) return complain(here, 'enum must be an array');
  if (values.length === 0) return complain(here, 'enum array cannot be empty');
  if (values.length > whole.limits.enumItems) {
    return complain(here, `enum array cannot have more than ${whole.limits.enumItems} items`);
  }
  if (place.lost) return complain(here, `invalid path: ${pathOf(place)}`);
  const type = own(schema, 'type');
  if (type === undefined) return complain(place, 'type is not defined');
  if (typeof type !== 'string' && !Array.isArray(type)) return complain(place, 'invalid type value');
  const types: readonly string[] = typeof type === 'string' ? [type] : type;
  return checkPair(types, place) ?? checkValues(values, types, here);
}

function checkPair(types: readonly string[], place: Place): string | undefined {
  if (types.length > 2 || (types.length === 2 && !types.includes('null'))) {
    return complain(
      place,
      'when type is array and enum is specified, currently only 2 types are supported, one must be null, and the other can be string/integer/number/boolean',
    );
  }
  if (types.length < 2) return undefined;
  const other = types.find((type) => type !== 'null') ?? '';
  return SCALARS.includes(other)
    ? undefined
    : complain(place, `invalid type combination with enum: ${other} + null`);
}

/** The order of the types counts: a number is asked of every value that no earlier type took. */
function checkValues(values: readonly unknown[], types: readonly string[], here: Place): string | undefined {
  for (const value of values) {
    let fits = false;
    for (const type of types) {
      if (type === 'number' || type === 'integer') {
        const right = typeof value === 'number' && (type === 'number' || Number.isInteger(value));
        if (!right) return complain(here, `not a valid ${type}`);
      }
      if ((fits = isOf(value, type))) break;
    }
    if (!fits) {
      return complain(here, `enum value (${goText(value)}) does not match any type in [${types.join(' ')}]`);
    }
  }
  return undefined;
}

function isOf(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isDictionary(value);
  if (type === 'integer') return typeof value === 'number';
  return typeof value === type;
}
