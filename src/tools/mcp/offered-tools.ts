import { isJsonObject, type JsonSchema } from '../../core/index.ts';
import type { CallLimits, Connection } from './connection.ts';

/** A tool as its server describes it, made fit to be passed on. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly schema: JsonSchema;
  readonly hints: Readonly<Record<string, unknown>>;
}

export interface OfferedTools {
  readonly tools: readonly OfferedTool[];
  /** What was left out or changed, in sentences. */
  readonly notes: readonly string[];
}

const MAX_PAGES = 100;
const MAX_TOOLS = 1000;
const MAX_DESCRIPTION = 8000;
const MAX_SCHEMA = 100_000;
const MAX_SCHEMA_DEPTH = 64;

/** All tools of a server. One that is described badly does not cost the others. */
export async function offeredTools(connection: Connection, limits: CallLimits): Promise<OfferedTools> {
  const tools = new Map<string, OfferedTool>();
  const notes: string[] = [];
  let cursor: unknown;
  for (let page = 0; page < MAX_PAGES; page++) {
    const params = cursor === undefined ? {} : { cursor };
    const listed = await connection.request('tools/list', params, limits);
    for (const raw of Array.isArray(listed['tools']) ? listed['tools'] : []) {
      if (tools.size >= MAX_TOOLS) {
        notes.push(`It offers more than ${MAX_TOOLS} tools; the others are left out.`);
        return { tools: [...tools.values()], notes };
      }
      const tool = readTool(raw, notes);
      if (tool && tools.has(tool.name))
        notes.push(`It offers ${show(tool.name)} twice; the first one counts.`);
      else if (tool) tools.set(tool.name, tool);
    }
    cursor = listed['nextCursor'];
    if (typeof cursor !== 'string') break;
  }
  return { tools: [...tools.values()], notes };
}

function readTool(raw: unknown, notes: string[]): OfferedTool | undefined {
  if (!isJsonObject(raw) || typeof raw['name'] !== 'string' || raw['name'] === '') {
    notes.push('It offers a tool without a name, which is left out.');
    return undefined;
  }
  const { name, title, description, inputSchema, annotations } = raw;
  const told = [description, title, name].find((text) => typeof text === 'string' && text !== '') as string;
  return {
    name,
    description: told.length > MAX_DESCRIPTION ? `${told.slice(0, MAX_DESCRIPTION).toWellFormed()} …` : told,
    schema: readSchema(name, inputSchema, notes),
    hints: isJsonObject(annotations) ? annotations : {},
  };
}

function readSchema(name: string, schema: unknown, notes: string[]): JsonSchema {
  const open = { type: 'object' };
  if (schema === undefined) return open;
  const why = !isJsonObject(schema)
    ? 'is none'
    : !isShallow(schema, MAX_SCHEMA_DEPTH)
      ? `has more than ${MAX_SCHEMA_DEPTH} levels`
      : JSON.stringify(schema).length > MAX_SCHEMA
        ? `has more than ${MAX_SCHEMA} characters`
        : undefined;
  if (why === undefined) return { ...(schema as JsonSchema), ...open };
  notes.push(`The schema of ${show(name)} ${why}; the model is told of any arguments.`);
  return open;
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

function show(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}
