import { type JsonSchema, PerigeeError } from '../../core/index.ts';
import { isStandardSchema, type Tool } from '../tool.ts';

/** What `@valibot/to-json-schema` exports, as far as it is needed here. */
export interface ValibotPackage {
  toStandardJsonSchema(schema: never): unknown;
}

interface Convertible {
  readonly '~standard': {
    readonly jsonSchema: { input(options: { target: string }): Record<string, unknown> };
  };
}

/**
 * What the model is told about a tool's arguments. Throws a `PerigeeError`: `invalid-options` when the schema
 * cannot be written as JSON Schema, `missing-package` when valibot's converter is not installed.
 */
export async function parametersOf(
  tool: Tool,
  name: string,
  loadValibot: () => Promise<ValibotPackage> = () => import('@valibot/to-json-schema'),
): Promise<JsonSchema> {
  const schema = tool.inputSchema;
  if (tool.jsonSchema) return withoutDialect(tool.jsonSchema);
  if (!isStandardSchema(schema)) return withoutDialect(schema);
  let convertible = schema as unknown as Convertible;
  if (!('jsonSchema' in convertible['~standard'])) {
    const valibot = await loadValibot().catch((cause: unknown) => {
      throw new PerigeeError(
        'missing-package',
        `Tool "${name}" has a valibot schema: its converter is missing.`,
        {
          remedy: 'Run `npm install @valibot/to-json-schema`.',
          cause,
        },
      );
    });
    convertible = valibot.toStandardJsonSchema(schema as never) as Convertible;
  }
  try {
    return withoutDialect(convertible['~standard'].jsonSchema.input({ target: 'draft-2020-12' }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PerigeeError(
      'invalid-options',
      `The inputSchema of tool "${name}" has no JSON Schema: ${reason}`,
      {
        remedy: 'Give `jsonSchema` beside `inputSchema`.',
        cause,
      },
    );
  }
}

/** Hosts do not know `$schema`, and some refuse it. */
function withoutDialect(schema: JsonSchema): JsonSchema {
  if (!('$schema' in schema)) return schema;
  const { $schema: _, ...rest } = schema;
  return rest;
}
