import { isJsonObject, PerigeeError } from '../../core/index.ts';

/** A wire object, whatever its fields hold. */
export type Wire = Record<string, unknown>;

/** The error for a request that does not say what its protocol demands at `param`. */
export function invalid(param: string, problem: string, remedy: string): PerigeeError {
  return new PerigeeError('invalid-request', `${param} ${problem}.`, { param, remedy, status: 400 });
}

/** The error for a request that asks, at `param`, for what cannot be served. */
export function unsupported(param: string, problem: string, remedy: string): PerigeeError {
  return new PerigeeError('gateway-unsupported', `${param} ${problem}.`, { param, remedy, status: 400 });
}

/** How a value of a wrong type is named in errors: never by what it holds. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A string, or undefined where the field is absent or null. */
export function optionalString(wire: Wire, field: string, at = field): string | undefined {
  const value = wire[field];
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  throw invalid(at, `must be a string, and is ${kindOf(value)}`, 'Send a string or leave it out.');
}

/** A finite number, or undefined where the field is absent or null. */
export function optionalNumber(wire: Wire, field: string, at = field): number | undefined {
  const value = wire[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  // JSON has numbers that are none here, as 1e999.
  const is = typeof value === 'number' ? 'larger than a number can be' : kindOf(value);
  throw invalid(at, `must be a number, and is ${is}`, 'Send a number or leave it out.');
}

/** True or false, or undefined where the field is absent or null. */
export function optionalBoolean(wire: Wire, field: string, at = field): boolean | undefined {
  const value = wire[field];
  if (value === undefined || value === null || typeof value === 'boolean') return value ?? undefined;
  throw invalid(at, `must be true or false, and is ${kindOf(value)}`, 'Send a boolean or leave it out.');
}

/** An object, or undefined where the field is absent or null. */
export function optionalObject(wire: Wire, field: string, at = field): Wire | undefined {
  const value = wire[field];
  if (value === undefined || value === null) return undefined;
  if (isJsonObject(value)) return value;
  throw invalid(at, `must be an object, and is ${kindOf(value)}`, 'Send an object or leave it out.');
}

/** An array, or undefined where the field is absent or null. */
export function optionalArray(wire: Wire, field: string, at = field): readonly unknown[] | undefined {
  const value = wire[field];
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value;
  throw invalid(at, `must be an array, and is ${kindOf(value)}`, 'Send an array or leave it out.');
}
