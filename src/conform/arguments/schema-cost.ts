import type { Schema } from '@cfworker/json-schema';
import { isJsonObject } from '../../core/index.ts';
import { type PatternCost, stepsOf } from './safe-pattern.ts';

/** Steps that checking one value may take, a few tens of milliseconds at most, and those of its patterns. */
const MAX_STEPS = 50_000;
const MAX_PATTERN_STEPS = 4_000_000;
const MAX_DEPTH = 200;

/** A schema that is ready to check values: references by address, patterns with their costs. */
export interface ReadySchema {
  readonly schema: Schema;
  readonly lookup: Readonly<Record<string, Schema | boolean>>;
  readonly patterns: ReadonlyMap<string, PatternCost>;
}

/** Whether a check is worth its time. `patterns`: only without the patterns. */
export type Worth = 'all' | 'without-patterns' | 'nothing';

/**
 * Walks through value and schema as the validator would, counting: it evaluates all alternatives, so schemas with
 * alternatives that contain themselves would take exponential time.
 */
export function worthOf(ready: ReadySchema, value: unknown): Worth {
  const walk = new Walk(ready);
  if (!walk.visit(value, ready.schema, 0)) return 'nothing';
  return walk.patternSteps > MAX_PATTERN_STEPS ? 'without-patterns' : 'all';
}

class Walk {
  patternSteps = 0;
  #steps = 0;
  readonly #ready: ReadySchema;

  constructor(ready: ReadySchema) {
    this.#ready = ready;
  }

  /** False: too much, or nothing that can be counted. */
  visit(value: unknown, schema: unknown, depth: number): boolean {
    if (typeof schema === 'boolean') return this.#spend(1);
    if (!isJsonObject(schema) || depth > MAX_DEPTH || !this.#spend(1)) return false;
    const part = schema as Schema;
    if (part.$recursiveRef !== undefined || part['$dynamicRef'] !== undefined) return false;
    const again = (other: unknown) => other === undefined || this.visit(value, other, depth + 1);
    if (part.$ref !== undefined && !again(this.#ready.lookup[part.__absolute_ref__ ?? ''] ?? null))
      return false;
    for (const list of [part.allOf, part.anyOf, part.oneOf]) {
      if (list !== undefined && !(Array.isArray(list) && list.every(again))) return false;
    }
    if (!again(part.not) || !again(part.if) || !again(part.then) || !again(part.else)) return false;
    if (Array.isArray(part.enum) && !this.#spend(part.enum.length / 8)) return false;
    for (const map of [part.dependentSchemas, part.dependencies]) {
      for (const other of Object.values(map ?? {})) if (!Array.isArray(other) && !again(other)) return false;
    }
    if (Array.isArray(value)) return this.#visitItems(value, part, depth + 1);
    if (isJsonObject(value)) return this.#visitFields(value, part, depth + 1);
    if (typeof value === 'string' && part.pattern !== undefined) this.#countPattern(part.pattern, value);
    return true;
  }

  #visitItems(items: readonly unknown[], part: Schema, depth: number): boolean {
    const listed = Array.isArray(part.items) ? part.items : part.prefixItems;
    const every = [Array.isArray(part.items) ? undefined : part.items, part.additionalItems, part.contains];
    every.push(part.unevaluatedItems);
    if (part.uniqueItems && !this.#spend(items.length ** 2 / 4)) return false;
    for (const [position, item] of items.entries()) {
      const own = listed?.[position];
      if (own !== undefined && !this.visit(item, own, depth)) return false;
      for (const schema of every) if (schema !== undefined && !this.visit(item, schema, depth)) return false;
    }
    return true;
  }

  #visitFields(fields: Record<string, unknown>, part: Schema, depth: number): boolean {
    const { properties = {}, patternProperties = {} } = part;
    const keys = Object.keys(fields);
    const patterns = Object.keys(patternProperties);
    if (!this.#spend(Object.keys(properties).length / 8 + keys.length * patterns.length)) return false;
    for (const key of keys) {
      if (Object.hasOwn(properties, key) && !this.visit(fields[key], properties[key], depth)) return false;
      for (const pattern of patterns) {
        this.#countPattern(pattern, key);
        if (!this.visit(fields[key], patternProperties[pattern], depth)) return false;
      }
      for (const schema of [part.additionalProperties, part.unevaluatedProperties]) {
        if (schema !== undefined && !this.visit(fields[key], schema, depth)) return false;
      }
      if (part.propertyNames !== undefined && !this.visit(key, part.propertyNames, depth)) return false;
    }
    return true;
  }

  #countPattern(pattern: string, text: string): void {
    const cost = this.#ready.patterns.get(pattern);
    if (cost) this.patternSteps += stepsOf(cost, text.length);
  }

  #spend(steps: number): boolean {
    this.#steps += steps;
    return this.#steps <= MAX_STEPS;
  }
}
