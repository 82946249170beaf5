import type { JsonSchema } from '../../core/index.ts';
import type { Change } from './changes.ts';
import { type Rewritten, toMfjs } from './rewrite.ts';

/** Characters of the schemas that are remembered: clients send the same ones with every request. */
const MOST_CHARACTERS = 8_000_000;

const UNCHANGED = 'unchanged';

interface Remembered {
  readonly schema: JsonSchema;
  readonly changes: readonly Change[];
}

const byObject = new WeakMap<object, Rewritten>();
const byText = new Map<string, Remembered | typeof UNCHANGED>();
let characters = 0;

/** A schema for the arguments of a tool, or for an answer, in Moonshot's dialect: an object at the root. */
export function objectSchema(schema: JsonSchema): Rewritten {
  const known = byObject.get(schema);
  if (known !== undefined) return known;
  const rewritten = recall(schema);
  byObject.set(schema, rewritten);
  return rewritten;
}

function recall(schema: JsonSchema): Rewritten {
  const text = textOf(schema);
  if (text === undefined) return rewrite(schema);
  let remembered = byText.get(text);
  if (remembered === undefined) {
    const rewritten = rewrite(schema);
    remembered = rewritten.schema === schema ? UNCHANGED : rewritten;
    characters += text.length;
  } else byText.delete(text);
  // The map keeps the order of use, oldest first.
  byText.set(text, remembered);
  for (const oldest of byText.keys()) {
    if (characters <= MOST_CHARACTERS || byText.size === 1) break;
    byText.delete(oldest);
    characters -= oldest.length;
  }
  return remembered === UNCHANGED ? { schema, changes: [] } : remembered;
}

function textOf(schema: JsonSchema): string | undefined {
  try {
    return JSON.stringify(schema);
  } catch {
    // Too deep or a circle: not worth remembering by text.
    return undefined;
  }
}

function rewrite(schema: JsonSchema): Rewritten {
  const rewritten = toMfjs(schema);
  const { type, description } = rewritten.schema;
  if (type === undefined || [type].flat().join() === 'object') return rewritten;
  return {
    schema: { type: 'object', ...(typeof description === 'string' && { description }) },
    changes: [...rewritten.changes, { path: 'root', what: 'can only be an object' }],
  };
}
