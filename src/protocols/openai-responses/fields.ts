import { isJsonObject, PerigeeError } from '../../core/index.ts';

/** Levels of nesting that a request may have: far more than any schema has, far fewer than a stack bears. */
const MOST_LEVELS = 500;

/** The error for a field that is not what the protocol says. */
export function invalid(param: string, message: string, remedy?: string): PerigeeError {
  return new PerigeeError('invalid-request', message, { param, ...(remedy !== undefined && { remedy }) });
}

/** The error for what the protocol has and a gateway in front of another model cannot do. */
export function unsupported(param: string, message: string, remedy: string): PerigeeError {
  return new PerigeeError('gateway-unsupported', message, { param, remedy });
}

/** A field that may be absent or null. Throws `invalid-request` for another type. */
export function optionalString(json: Record<string, unknown>, field: string, at = field): string | undefined {
  const value = json[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(at, `\`${at}\` must be a string.`);
  return value;
}

/** A field that may be absent or null. Throws `invalid-request` for another type. */
export function optionalNumber(json: Record<string, unknown>, field: string, at = field): number | undefined {
  const value = json[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(at, `\`${at}\` must be a number.`);
  return value;
}

/** A field that may be absent or null. Throws `invalid-request` for another type. */
export function optionalBoolean(json: Record<string, unknown>, field: string): boolean | undefined {
  const value = json[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalid(field, `\`${field}\` must be true or false.`);
  return value;
}

/** A field that may be absent or null. Throws `invalid-request` for another type. */
export function optionalObject(
  json: Record<string, unknown>,
  field: string,
  at = field,
): Record<string, unknown> | undefined {
  const value = json[field];
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw invalid(at, `\`${at}\` must be an object.`);
  return value;
}

/** A field that may be absent or null. Throws `invalid-request` for another type. */
export function optionalArray(
  json: Record<string, unknown>,
  field: string,
  at = field,
): readonly unknown[] | undefined {
  const value = json[field];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalid(at, `\`${at}\` must be an array.`);
  return value;
}

/** A string that must be there and not be empty. Throws `invalid-request`. */
export function requiredString(json: Record<string, unknown>, field: string, at: string): string {
  const value = json[field];
  if (typeof value !== 'string' || value === '') throw invalid(at, `\`${at}\` must be a non-empty string.`);
  return value;
}

/** Throws `invalid-request` for a request nested so deeply that whoever writes it again would run out of stack. */
export function checkNesting(json: Record<string, unknown>): void {
  if (!isShallow(json, MOST_LEVELS)) {
    throw invalid('body', `The request is nested more than ${MOST_LEVELS} levels deep.`, 'Flatten it.');
  }
}

function isShallow(container: object, levels: number): boolean {
  if (levels === 0) return false;
  if (Array.isArray(container)) {
    for (const value of container) {
      if (typeof value === 'object' && value !== null && !isShallow(value, levels - 1)) return false;
    }
    return true;
  }
  // Parsed JSON inherits nothing that could be listed, and this is several times cheaper than `Object.values`.
  for (const name in container) {
    const value = (container as Record<string, unknown>)[name];
    if (typeof value === 'object' && value !== null && !isShallow(value, levels - 1)) return false;
  }
  return true;
}
