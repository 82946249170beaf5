/** Types of JSON values as bits, so that sets of them are numbers. An integer is a number too. */
export const NULL = 1;
export const BOOLEAN = 2;
export const INTEGER = 4;
export const FRACTION = 8;
export const STRING = 16;
export const ARRAY = 32;
export const OBJECT = 64;
export const ANY = 127;

const BITS: { readonly [type: string]: number } = {
  null: NULL,
  boolean: BOOLEAN,
  integer: INTEGER,
  number: INTEGER | FRACTION,
  string: STRING,
  array: ARRAY,
  object: OBJECT,
};

/** The bits of a schema's `type`; ANY for one that is not known. */
export function typeBits(type: unknown): number {
  if (Array.isArray(type)) return type.reduce((bits: number, one) => bits | bitsOf(one), 0) || ANY;
  return bitsOf(type);
}

function bitsOf(type: unknown): number {
  return typeof type === 'string' && Object.hasOwn(BITS, type) ? BITS[type]! : ANY;
}

/** The bit of a value. */
export function valueBit(value: unknown): number {
  if (value === null) return NULL;
  if (Array.isArray(value)) return ARRAY;
  switch (typeof value) {
    case 'boolean':
      return BOOLEAN;
    case 'number':
      return Number.isInteger(value) ? INTEGER : FRACTION;
    case 'string':
      return STRING;
    default:
      return OBJECT;
  }
}
