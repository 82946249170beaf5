import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { JsonSchema } from '../../core/index.ts';
import { showValue } from '../excerpt.ts';
import { isStandardSchema, type Tool } from '../tool.ts';
import { type Path, pathText, valueAt } from './json-path.ts';
import { SchemaChecker } from './json-schema.ts';
import { type Problem, schemaProblems } from './problems.ts';

/** Either the input that `execute` is given, or what is wrong with the arguments. */
export type CheckedInput = { readonly input: unknown } | { readonly problems: readonly Problem[] };

/** Checks the parsed arguments of a call. */
export type CheckInput = (value: unknown) => CheckedInput | Promise<CheckedInput>;

/** The check of one tool. `parameters` is what the model was told. */
export function inputCheck(tool: Tool, name: string, parameters: JsonSchema): CheckInput {
  const schema = tool.inputSchema;
  if (isStandardSchema(schema)) return standardCheck(schema, parameters);
  const checker = new SchemaChecker(schema, `The inputSchema of tool "${name}"`);
  return (value) => {
    const problems = schemaProblems(checker, value);
    return problems.length === 0 ? { input: value } : { problems };
  };
}

/** The schema's own library decides what is wrong; the words come from the JSON Schema where it agrees. */
function standardCheck(schema: StandardSchemaV1, parameters: JsonSchema): CheckInput {
  let checker: SchemaChecker | undefined;
  return async (value) => {
    const result = await schema['~standard'].validate(value);
    if (!result.issues) return { input: result.value };
    checker ??= readable(parameters);
    const plain = checker ? schemaProblems(checker, value) : [];
    return { problems: result.issues.map((issue) => inWords(issue, value, plain)) };
  };
}

function readable(parameters: JsonSchema): SchemaChecker | undefined {
  try {
    return new SchemaChecker(parameters);
  } catch {
    return undefined;
  }
}

function inWords(issue: StandardSchemaV1.Issue, value: unknown, plain: readonly Problem[]): Problem {
  const path: Path = (issue.path ?? []).map((segment) => {
    const key = typeof segment === 'object' ? segment.key : segment;
    return typeof key === 'symbol' ? String(key) : key;
  });
  const place = pathText(path);
  const same = plain.find((problem) => pathText(problem.path) === place);
  if (same) return same;
  const found = valueAt(value, path);
  if (!found) return { path, text: 'required but missing' };
  const text = issue.message.startsWith(`${place} `) ? issue.message.slice(place.length + 1) : issue.message;
  const shown = showValue(found.value);
  const isPlain = typeof found.value !== 'object' || found.value === null;
  return { path, text: isPlain && !text.includes(shown) ? `${text} (got ${shown})` : text };
}
