import { dereference, type OutputUnit, type Schema, type SchemaDraft, validate } from '@cfworker/json-schema';
import { isJsonObject } from '../../core/index.ts';
import { type ArgumentProblem, pathOf, problemOf } from './problem-words.ts';
import { type PatternCost, patternCost } from './safe-pattern.ts';
import { type ReadySchema, worthOf } from './schema-cost.ts';

const MAX_SCHEMA_DEPTH = 100;

/** Checks values against one schema, in bounded time whatever the schema. */
export class SchemaCheck {
  readonly #text: string;
  readonly #draft: SchemaDraft;
  readonly #ready: ReadySchema | undefined;
  #plain: ReadySchema | undefined;

  /** `text`: the schema as JSON. A schema that cannot be used finds nothing wrong. */
  constructor(text: string) {
    this.#text = text;
    this.#ready = readySchema(text, true);
    this.#draft = draftOf(this.#ready?.schema);
  }

  problem(value: unknown): ArgumentProblem | undefined {
    try {
      return this.#check(value);
    } catch {
      // The schema itself is wrong (`required: 5`, a reference into nothing) or too much for the validator.
      return undefined;
    }
  }

  #check(value: unknown): ArgumentProblem | undefined {
    if (!this.#ready) return undefined;
    let ready = this.#ready;
    const worth = worthOf(ready, value);
    if (worth === 'nothing') return undefined;
    if (worth === 'without-patterns') {
      this.#plain ??= readySchema(this.#text, false);
      if (!this.#plain) return undefined;
      ready = this.#plain;
    }
    const { errors } = validate(value, ready.schema, this.#draft, { ...ready.lookup }, true);
    const unit = meantUnit(errors);
    if (!unit) return undefined;
    const path = pathOf(value, unit.instanceLocation);
    return problemOf(unit, path, keywordValue(ready, unit.keywordLocation), value);
  }
}

/** Keywords that only say that something inside them failed; what failed follows in the list. */
const WRAPPERS = new Set(
  [
    '$ref',
    'properties',
    'patternProperties',
    'items',
    'prefixItems',
    'additionalItems',
    'allOf',
    'if',
  ].concat(['dependentSchemas', 'dependencies', 'propertyNames']),
);

/** The first error that says something by itself; of alternatives, that of the one that was meant. */
function meantUnit(errors: readonly OutputUnit[]): OutputUnit | undefined {
  for (const [position, unit] of errors.entries()) {
    if (WRAPPERS.has(unit.keyword)) continue;
    if (unit.keyword === 'additionalProperties' && errors[position + 1]?.keyword !== 'false') continue;
    if (unit.keyword !== 'anyOf' && unit.keyword !== 'oneOf') return unit;
    const prefix = `${unit.keywordLocation}/`;
    const branches = new Map<string, OutputUnit[]>();
    let last: OutputUnit[] | undefined;
    for (const error of errors.slice(position + 1)) {
      // A `false` schema does not say where it stands.
      if (error.keyword === 'false') last?.push(error);
      if (!error.keywordLocation.startsWith(prefix)) continue;
      const name = error.keywordLocation.slice(prefix.length).split('/', 1)[0]!;
      const branch = branches.get(name);
      last = branch ?? [];
      if (!branch) branches.set(name, last);
      last.push(error);
    }
    const meant = [...branches.values()].filter((branch) => !branch.some((error) => rulesOut(error, unit)));
    return (meant.length === 1 && meantUnit(meant[0]!)) || unit;
  }
  return errors[0];
}

/** Whether an error shows that an alternative was not meant: another type, or another tag. */
function rulesOut(error: OutputUnit, unit: OutputUnit): boolean {
  if (error.instanceLocation === unit.instanceLocation) return /^(type|const|enum)$/.test(error.keyword);
  return error.keyword === 'const';
}

function readySchema(text: string, patterns: boolean): ReadySchema | undefined {
  try {
    const schema = JSON.parse(text) as Schema;
    const costs = new Map<string, PatternCost>();
    if (!isJsonObject(schema) || !prepare(schema, costs, patterns, 0)) return undefined;
    return { schema, lookup: dereference(schema), patterns: costs };
  } catch {
    return undefined;
  }
}

/** Keywords whose values are data. */
const VALUES = new Set(['const', 'default', 'enum', 'examples', 'example', 'required', 'type']);
/** Keywords whose values are schemas by name: there a name is no keyword, whatever it is. */
const NAMED = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);

/** Takes out what must not be run: patterns without bound, and formats, which are notes to the reader. */
function prepare(part: unknown, costs: Map<string, PatternCost>, patterns: boolean, depth: number): boolean {
  if (depth > MAX_SCHEMA_DEPTH) return false;
  if (Array.isArray(part)) return part.every((item) => prepare(item, costs, patterns, depth + 1));
  if (!isJsonObject(part)) return true;
  const allowed = (pattern: string) => {
    const cost = patterns ? patternCost(pattern) : undefined;
    if (cost) costs.set(pattern, cost);
    return cost !== undefined;
  };
  for (const [key, value] of Object.entries(part)) {
    if (NAMED.has(key) && isJsonObject(value)) {
      for (const [name, schema] of Object.entries(value)) {
        // Without its pattern it cannot be said what `additionalProperties` is about either.
        if (key === 'patternProperties' && !allowed(name)) {
          delete value[name];
          delete part['additionalProperties'];
          delete part['unevaluatedProperties'];
        } else if (!prepare(schema, costs, patterns, depth + 2)) return false;
      }
    } else if (key === 'format') delete part[key];
    else if (key === 'pattern') {
      if (typeof value !== 'string' || !allowed(value)) delete part[key];
    } else if (!VALUES.has(key) && !prepare(value, costs, patterns, depth + 1)) return false;
  }
  return true;
}

function draftOf(schema: Schema | undefined): SchemaDraft {
  const named = String(schema?.$schema ?? '');
  if (named.includes('draft-04')) return '4';
  if (named.includes('draft-06') || named.includes('draft-07')) return '7';
  return named.includes('2019-09') ? '2019-09' : '2020-12';
}

/** The keyword's value at a keyword location, references followed. */
function keywordValue({ schema, lookup }: ReadySchema, location: string): unknown {
  let part: unknown = schema;
  for (const key of location.split('/').slice(1)) {
    const name = decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, name)) return undefined;
    const target = name === '$ref' ? (part as Schema).__absolute_ref__ : undefined;
    part = target === undefined ? (part as Record<string, unknown>)[name] : lookup[target];
  }
  return part;
}
