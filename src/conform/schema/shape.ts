import type { Parts, ValueType } from './meaning.ts';
import { readOwn } from './read.ts';
import { type Dictionary, isDictionary, own } from './rules.ts';
import { isNullable, listOf, type Source, textsOf } from './source.ts';

/** Keywords that forbid something in a way that can be kept. */
const LIMITING = new Set([
  ...['$ref', '$dynamicRef', '$recursiveRef', 'allOf', 'anyOf', 'oneOf', 'type', 'enum', 'const'],
  ...['properties', 'required', 'additionalProperties', 'patternProperties'],
  ...['items', 'prefixItems', 'minItems', 'maxItems', 'minLength', 'maxLength', 'pattern'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
]);

/** What is said to the reader beside a schema's conditions. */
export interface Remarks {
  description?: string;
  title?: string;
  default?: unknown;
}

/** Schemas without the wrappings that only bear remarks or an `allOf`. */
export interface Core {
  readonly parts: Parts;
  readonly remarks: Remarks;
  readonly nullable: boolean;
}

/** Takes off what wraps the schemas that say something. */
export function unwrap(wrapped: Parts): Core {
  const remarks: Remarks = {};
  let nullable = false;
  let parts = wrapped;
  for (let depth = 0; depth < 20; depth++) {
    const limiting = parts.filter((part) => limitsOf(part).length > 0);
    for (const part of parts) if (!limiting.includes(part)) addRemarks(remarks, part);
    parts = limiting;
    const [only] = parts;
    if (parts.length !== 1 || only === undefined) break;
    const [limit, another] = limitsOf(only);
    const members = listOf(only, 'allOf').filter((member) => member !== true && member !== false);
    if (limit !== 'allOf' || another !== undefined || !members.every(isDictionary)) break;
    addRemarks(remarks, only);
    nullable ||= isNullable(only);
    parts = [...new Set(members)];
  }
  return { parts, remarks, nullable };
}

/** The limiting keywords of a schema. */
function limitsOf(raw: Dictionary): readonly string[] {
  return Object.keys(raw).filter((key) => LIMITING.has(key));
}

/** Adds what a schema says to its reader, where nothing was said yet. */
export function addRemarks(remarks: Remarks, raw: Dictionary): void {
  const { description, title } = textsOf(raw);
  remarks.description ??= description;
  remarks.title ??= title;
  const value = own(raw, 'default');
  if (value !== undefined && remarks.default === undefined) remarks.default = value;
}

/** The same, also from what the schema is made of. */
export function addDeepRemarks(remarks: Remarks, raw: Dictionary, source: Source, depth = 0): void {
  addRemarks(remarks, raw);
  if (depth > 4) return;
  const target = source.targetOf(raw);
  const members = listOf(raw, 'allOf').slice(0, 50);
  for (const inner of [target, ...members]) {
    if (isDictionary(inner)) addDeepRemarks(remarks, inner, source, depth + 1);
  }
}

/** What a schema refers to, where it does nothing else. */
export function pureTarget(raw: Dictionary, source: Source): Dictionary | undefined {
  const target = source.targetOf(raw);
  if (target === undefined) return undefined;
  const others = limitsOf(raw).filter(
    (key) => key !== '$ref' && key !== '$dynamicRef' && key !== '$recursiveRef',
  );
  if (others.length === 0) return target;
  if (others.length > 1 || others[0] !== 'type') return undefined;
  return typesWithin(source.meaningOf(target), raw) ? target : undefined;
}

/** The branches of a schema that is nothing but a choice between them. */
export function pureBranches(raw: Dictionary, source: Source): readonly unknown[] | undefined {
  const limits = limitsOf(raw);
  const choice = limits.find((key) => key === 'anyOf' || key === 'oneOf');
  if (choice === undefined || limits.length > 2) return undefined;
  const branches = listOf(raw, choice).filter((branch) => branch !== false);
  if (branches.length === 0) return undefined;
  if (limits.length === 1) return branches;
  if (!limits.includes('type')) return undefined;
  const redundant = branches.every(
    (branch) => isDictionary(branch) && typesWithin(source.meaningOf(branch), raw),
  );
  return redundant ? branches : undefined;
}

function typesWithin(
  meaning: readonly { readonly type: ValueType; readonly integer?: boolean }[],
  raw: Dictionary,
): boolean {
  const own = readOwn(raw);
  return meaning.every(({ type, integer }) =>
    own.some((alternative) => alternative.type === type && (integer || !alternative.integer)),
  );
}
