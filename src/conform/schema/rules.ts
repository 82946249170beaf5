/** A JSON object, as a schema is one. */
export type Dictionary = { readonly [key: string]: unknown };

/** How large a schema may be. */
export interface Limits {
  /** Items of one `enum`. */
  readonly enumItems: number;
  /** Branches of one `anyOf`. */
  readonly anyOfItems: number;
  /** `properties` inside `properties`, references followed. */
  readonly depth: number;
  /** Bytes of the schema as JSON. */
  readonly size: number;
  /** Names in all `properties` together. */
  readonly propertyNames: number;
}

/**
 * Moonshot Flavored JSON Schema at the strictest level ("ultra") of Moonshot's own validator: the limits that its code
 * has by default since 2026-06-10 (MoonshotAI/walle@196bb0c; its document names smaller ones).
 */
export const LIMITS: Limits = {
  enumItems: 1000,
  anyOfItems: 500,
  depth: 30,
  size: 120_000,
  propertyNames: 3000,
};

/** Where Moonshot's limits are not known to hold: what keeps one request from taking the gateway for itself. */
export const ROOMY_LIMITS: Limits = {
  enumItems: 100_000,
  anyOfItems: 10_000,
  depth: 100,
  size: 16_000_000,
  propertyNames: 200_000,
};

/** Brackets inside brackets that are followed. Ours, not Moonshot's: it bounds the recursion. */
export const MOST_NESTING = 1000;

const COMMON = ['type', 'default', 'description', 'title'];
const NUMBER = new Set([...COMMON, 'minimum', 'maximum', 'enum']);

/** The keywords that may stand beside each `type`. */
export const KEYWORDS_OF_TYPE: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['object', new Set([...COMMON, 'properties', 'required', 'additionalProperties', '$ref', 'anyOf'])],
  ['array', new Set([...COMMON, 'items', 'minItems', 'maxItems', '$ref'])],
  ['string', new Set([...COMMON, 'minLength', 'maxLength', 'pattern', 'enum'])],
  ['number', NUMBER],
  ['integer', NUMBER],
  ['boolean', new Set([...COMMON, 'enum'])],
  ['null', new Set([...COMMON, 'enum'])],
]);

/** All keywords there are. `pattern` is announced for later and tolerated until then. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  ...[...KEYWORDS_OF_TYPE.values()].flatMap((keywords) => [...keywords]),
  '$defs',
  '$id',
]);

/** What may stand beside `anyOf`, `$ref` and a list of types. */
export const ANNOTATIONS: ReadonlySet<string> = new Set(['description', 'title']);

/** What may stand at the root alone. */
export const ROOT_KEYWORDS: ReadonlySet<string> = new Set(['$defs', '$id']);

/** Names that a property cannot have. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  '$defs',
  '$ref',
  'anyOf',
  'required',
  'additionalProperties',
]);

/** Whether a value is a JSON object. */
export function isDictionary(value: unknown): value is Dictionary {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key's own value; what objects inherit does not count. */
export function own(dictionary: Dictionary, key: string): unknown {
  return Object.hasOwn(dictionary, key) ? dictionary[key] : undefined;
}
