import type { JsonSchema } from '../../core/index.ts';
import { surelySatisfies } from './plain-check.ts';
import type { ArgumentProblem } from './problem-words.ts';
import { SchemaCheck } from './schema-check.ts';
import { type Shape, shapeOf } from './shape.ts';

/** What is known of a tool's arguments. */
export interface ToolSchema {
  /** Undefined: the schema is no JSON, or nested without end. */
  readonly shape: Shape | undefined;
  /** The first thing that is wrong with a value; undefined also where that cannot be told with bounded work. */
  problem(value: unknown): ArgumentProblem | undefined;
}

/** Characters of schemas that are kept, all together; and of one that is worth keeping. */
const KEPT_CHARACTERS = 8_000_000;
const KEPT_SCHEMAS = 500;
const MAX_KEPT = 2_000_000;

const byObject = new WeakMap<JsonSchema, ToolSchema>();
/** By JSON text, since each request brings new objects; the one that was used last is last. */
const byText = new Map<string, ToolSchema>();
let characters = 0;

/** The schema, ready to use; the same schema is prepared once. Never throws. */
export function toolSchema(schema: JsonSchema): ToolSchema {
  let known = byObject.get(schema);
  if (known) return known;
  const text = jsonText(schema);
  known = text === undefined ? UNREADABLE : remembered(text);
  byObject.set(schema, known);
  return known;
}

const UNREADABLE: ToolSchema = { shape: undefined, problem: () => undefined };

function remembered(text: string): ToolSchema {
  const known = byText.get(text);
  if (known) {
    byText.delete(text);
    byText.set(text, known);
    return known;
  }
  const made = prepared(text);
  if (text.length > MAX_KEPT) return made;
  byText.set(text, made);
  characters += text.length;
  for (const oldest of byText.keys()) {
    if (characters <= KEPT_CHARACTERS && byText.size <= KEPT_SCHEMAS) break;
    byText.delete(oldest);
    characters -= oldest.length;
  }
  return made;
}

function prepared(text: string): ToolSchema {
  let check: SchemaCheck | undefined;
  const schema: unknown = JSON.parse(text);
  return {
    shape: shapeOf(schema),
    problem: (value) => {
      if (surelySatisfies(value, schema)) return undefined;
      check ??= new SchemaCheck(text);
      return check.problem(value);
    },
  };
}

function jsonText(schema: JsonSchema): string | undefined {
  try {
    return JSON.stringify(schema);
  } catch {
    // A circle, a BigInt, or too deep.
    return undefined;
  }
}
