import {
  Kept,
  type ModelRequest,
  markLikewise,
  type ResponseFormat,
  type ToolDeclaration,
} from '../../core/index.ts';
import type { RequestStage, Target, Tell } from '../stage.ts';
import type { Change } from './changes.ts';
import { LIMITS, type Limits, ROOMY_LIMITS } from './rules.ts';
import { SchemaCache } from './schema-cache.ts';

const SHOWN_CHANGES = 3;

/** Tools with their schemas rewritten, and what was changed in those. */
interface RewrittenTools {
  readonly tools: readonly ToolDeclaration[];
  readonly changed: readonly { readonly name: string; readonly changes: readonly Change[] }[];
}

/** How one kind of host has schemas rewritten. */
class Rewriting {
  readonly cache: SchemaCache;
  readonly tools = new Kept<ToolDeclaration, ToolDeclaration>();
  readonly lists = new Kept<readonly ToolDeclaration[], RewrittenTools>();

  constructor(limits: Limits) {
    this.cache = new SchemaCache(limits);
  }
}

const moonshot = new Rewriting(LIMITS);
const others = new Rewriting(ROOMY_LIMITS);

/**
 * Rewrites the schemas of tools and of the answer for hosts that take Moonshot's part of JSON Schema only, or of which
 * it is not known what they take. What is loosened by that must be checked against the client's schemas afterwards. A
 * schema that is acceptable stays the same object, tools keep their places. How large a schema may be is known of Moonshot's
 * own hosts alone.
 */
export const schemaStage: RequestStage = (request, target, tell) => {
  if (!isNeeded(target)) return request;
  const rewriting = target.host?.schemaDialect === 'mfjs' ? moonshot : others;
  const tools = rewriteTools(request.tools, rewriting, tell);
  const responseFormat = rewriteFormat(request.responseFormat, rewriting.cache, tell);
  if (tools === request.tools && responseFormat === request.responseFormat) return request;
  const rewritten: ModelRequest = {
    ...request,
    ...(tools && { tools }),
    ...(responseFormat && { responseFormat }),
  };
  return rewritten;
};

/** A prompt that is rendered here has room for any schema. */
function isNeeded({ host, protocol }: Target): boolean {
  return protocol !== 'completions' && host?.schemaDialect !== 'json-schema';
}

function rewriteTools(
  tools: readonly ToolDeclaration[] | undefined,
  rewriting: Rewriting,
  tell: Tell,
): readonly ToolDeclaration[] | undefined {
  if (tools === undefined) return undefined;
  const { lists } = rewriting;
  const rewritten = lists.get(tools) ?? lists.set(tools, rewrittenList(tools, rewriting));
  for (const { name, changes } of rewritten.changed) {
    tellChanges(`the parameters of the tool ${name}`, changes, tell);
  }
  return rewritten.tools;
}

function rewrittenList(tools: readonly ToolDeclaration[], rewriting: Rewriting): RewrittenTools {
  const changed: RewrittenTools['changed'][number][] = [];
  const rewritten = tools.map((tool) => {
    if (tool.parameters === undefined) return tool;
    const { schema, changes } = rewriting.cache.objectSchema(tool.parameters);
    if (schema === tool.parameters) return tool;
    changed.push({ name: tool.name, changes });
    const known = rewriting.tools.get(tool);
    return known ?? rewriting.tools.set(tool, markLikewise(tool, { ...tool, parameters: schema }));
  });
  return { tools: changed.length > 0 ? markLikewise(tools, rewritten) : tools, changed };
}

function rewriteFormat(
  format: ResponseFormat | undefined,
  cache: SchemaCache,
  tell: Tell,
): ResponseFormat | undefined {
  if (format?.type !== 'json-schema') return format;
  const { schema, changes } = cache.objectSchema(format.schema);
  if (schema === format.schema) return format;
  tellChanges(`the response format ${format.name}`, changes, tell);
  return { ...format, schema };
}

function tellChanges(where: string, changes: readonly Change[], tell: Tell): void {
  const shown = changes.slice(0, SHOWN_CHANGES).map(({ path, what }) => `${path}: ${what}`);
  const more = changes.length - shown.length;
  const text = `Rewrote ${where} into the schemas that the host takes (${shown.join('; ')}${more > 0 ? `; ${more} more` : ''}).`;
  tell({ stage: 'schema', action: 'rewritten', text });
}
