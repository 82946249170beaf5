import type { ModelRequest, ResponseFormat, ToolDeclaration } from '../../core/index.ts';
import type { RequestStage, Target, Tell } from '../stage.ts';
import type { Change } from './changes.ts';
import { LIMITS, ROOMY_LIMITS } from './rules.ts';
import { SchemaCache } from './schema-cache.ts';

const SHOWN_CHANGES = 3;

const moonshot = new SchemaCache(LIMITS);
const others = new SchemaCache(ROOMY_LIMITS);

/**
 * Rewrites the schemas of tools and of the answer for hosts that take Moonshot's part of JSON Schema only, or of which
 * it is not known what they take. What is loosened by that must be checked against the client's schemas afterwards. A
 * schema that is acceptable stays the same object, tools keep their places. How large a schema may be is known of Moonshot's
 * own hosts alone.
 */
export const schemaStage: RequestStage = (request, target, tell) => {
  if (!isNeeded(target)) return request;
  const cache = target.host?.schemaDialect === 'mfjs' ? moonshot : others;
  const tools = rewriteTools(request.tools, cache, tell);
  const responseFormat = rewriteFormat(request.responseFormat, cache, tell);
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
  cache: SchemaCache,
  tell: Tell,
): readonly ToolDeclaration[] | undefined {
  let changed = false;
  const rewritten = tools?.map((tool) => {
    if (tool.parameters === undefined) return tool;
    const { schema, changes } = cache.objectSchema(tool.parameters);
    if (schema === tool.parameters) return tool;
    changed = true;
    tellChanges(`the parameters of the tool ${tool.name}`, changes, tell);
    return { ...tool, parameters: schema };
  });
  return changed ? rewritten : tools;
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
