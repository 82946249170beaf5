import { isJsonObject, PerigeeError } from '../../core/index.ts';

export type Wire = Record<string, unknown>;

/** The error for a field of a client's request that is not what the protocol says; `must` completes "must …". */
export function invalidField(param: string, must: string): PerigeeError {
  return new PerigeeError('invalid-request', `${param} must ${must}.`, {
    param,
    remedy: 'Correct that field of the request; see the Messages API of Anthropic for its form.',
  });
}

/** The value if it is there; clients write null where they mean nothing. */
export function present(value: unknown): unknown {
  return value === null ? undefined : value;
}

/** A field that is a string or absent. Throws `invalid-request`. */
export function optionalString(wire: Wire, field: string, place = field): string | undefined {
  const value = present(wire[field]);
  if (value === undefined || typeof value === 'string') return value;
  throw invalidField(place, 'be a string');
}

/** A field that is a finite number or absent. Throws `invalid-request`. */
export function optionalNumber(wire: Wire, field: string): number | undefined {
  const value = present(wire[field]);
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw invalidField(field, 'be a number');
}

/** A field that is true, false or absent. Throws `invalid-request`. */
export function optionalBoolean(wire: Wire, field: string, place = field): boolean | undefined {
  const value = present(wire[field]);
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidField(place, 'be true or false');
}

/** A field that is an object or absent. Throws `invalid-request`. */
export function optionalObject(wire: Wire, field: string, place = field): Wire | undefined {
  const value = present(wire[field]);
  if (value === undefined || isJsonObject(value)) return value;
  throw invalidField(place, 'be an object');
}

/** A field that is a list or absent. Throws `invalid-request`. */
export function optionalList(wire: Wire, field: string, place = field): readonly unknown[] | undefined {
  const value = present(wire[field]);
  if (value === undefined || Array.isArray(value)) return value;
  throw invalidField(place, 'be a list');
}

/** An entry of a list as the object that it must be. Throws `invalid-request`. */
export function objectAt(value: unknown, place: string): Wire {
  if (isJsonObject(value)) return value;
  throw invalidField(place, 'be an object');
}

/** A value as JSON. Throws `invalid-request` where it is nested deeper than can be written. */
export function jsonText(value: unknown, place: string): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    throw invalidField(place, 'not be nested that deeply');
  }
}

/** A string that says something. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The fields of an object without those that are named. */
export function withoutFields(wire: Wire, fields: readonly string[]): Wire {
  return Object.fromEntries(Object.entries(wire).filter(([field]) => !fields.includes(field)));
}
