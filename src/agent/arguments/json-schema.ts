import { dereference, type OutputUnit, type Schema, type SchemaDraft, validate } from '@cfworker/json-schema';
import { isJsonObject, type JsonSchema, PerigeeError } from '../../core/index.ts';

/** A JSON Schema that is ready to check values. Nothing is compiled to code: schemas come from strangers. */
export class SchemaChecker {
  readonly schema: Schema;
  readonly #draft: SchemaDraft;
  readonly #lookup: Record<string, Schema | boolean>;

  /** Throws a `PerigeeError` with code `invalid-options` for a schema that refers to what is not in it. */
  constructor(schema: JsonSchema, subject = 'A JSON Schema') {
    try {
      // The validator marks the schema's objects, so it gets its own copy.
      this.schema = JSON.parse(JSON.stringify(schema)) as Schema;
      dropUnusablePatterns(this.schema);
      this.#lookup = dereference(this.schema);
    } catch (cause) {
      throw new PerigeeError('invalid-options', `${subject} cannot be read.`, { cause });
    }
    this.#draft = draftOf(this.schema);
    for (const part of Object.values(this.#lookup)) {
      if (typeof part === 'boolean' || part.__absolute_ref__ === undefined) continue;
      if (this.#lookup[part.__absolute_ref__] !== undefined) continue;
      throw new PerigeeError('invalid-options', `${subject} refers to "${part.$ref}", which is not in it.`, {
        remedy: 'Put what it refers to under $defs.',
      });
    }
  }

  /** What is wrong with a value, in the validator's own terms; empty when nothing is. */
  check(value: unknown): OutputUnit[] {
    const first = validate(value, this.schema, this.#draft, this.#lookup, true);
    if (first.valid) return [];
    try {
      return validate(value, this.schema, this.#draft, this.#lookup, false).errors;
    } catch {
      // So many errors that the validator cannot collect them.
      return first.errors;
    }
  }

  /** The keyword's value at a keyword location, references followed. */
  keywordAt(keys: readonly string[]): unknown {
    let part: unknown = this.schema;
    for (const key of keys) {
      if (typeof part !== 'object' || part === null || !Object.hasOwn(part, key)) return undefined;
      const target = key === '$ref' ? (part as Schema).__absolute_ref__ : undefined;
      part = target === undefined ? (part as Record<string, unknown>)[key] : this.#lookup[target];
    }
    return part;
  }
}

function draftOf(schema: Schema): SchemaDraft {
  const named = String(schema.$schema ?? '');
  if (named.includes('draft-04')) return '4';
  if (named.includes('draft-06') || named.includes('draft-07')) return '7';
  return named.includes('2019-09') ? '2019-09' : '2020-12';
}

/** Keywords whose values are data. */
const VALUES = new Set(['const', 'default', 'enum', 'examples']);
/** Keywords whose values are schemas by name: there a name is no keyword, whatever it is. */
const NAMED = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);

/** Takes out patterns that are no ECMAScript regular expressions; each would fail every call of its tool. */
function dropUnusablePatterns(part: unknown): void {
  if (Array.isArray(part)) for (const item of part) dropUnusablePatterns(item);
  if (!isJsonObject(part)) return;
  for (const [key, value] of Object.entries(part)) {
    if (NAMED.has(key) && isJsonObject(value)) {
      for (const [name, schema] of Object.entries(value)) {
        if (key === 'patternProperties' && !isPattern(name)) delete value[name];
        else dropUnusablePatterns(schema);
      }
    } else if (key === 'pattern' && typeof value === 'string') {
      if (!isPattern(value)) delete part[key];
    } else if (!VALUES.has(key)) dropUnusablePatterns(value);
  }
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
